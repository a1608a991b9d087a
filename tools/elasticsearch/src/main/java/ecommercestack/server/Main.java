package ecommercestack.server;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.elasticsearch.common.logging.LogConfigurator;
import org.elasticsearch.common.settings.Settings;
import org.elasticsearch.node.InternalSettingsPreparer;
import org.elasticsearch.node.Node;
import org.elasticsearch.plugins.PluginsLoader;

/**
 * Runs the nodes of one cluster in this process: {@code Main <home> <data> <first http port> [<http port> …]}, each
 * followed by its transport port. The home holds the modules, the data folder what the nodes keep.
 */
public final class Main {
  public static void main(String[] arguments) throws Exception {
    Path home = Path.of(arguments[0]);
    Path data = Path.of(arguments[1]);
    LogConfigurator.configureESLogging();
    LogConfigurator.configureWithoutConfig(Settings.builder().put("logger.level", "WARN").build());
    List<String> names = new ArrayList<>();
    List<String> hosts = new ArrayList<>();
    for (int at = 2; at < arguments.length; at += 2) {
      names.add("node-" + at / 2);
      hosts.add("127.0.0.1:" + arguments[at + 1]);
    }
    List<Node> nodes = new ArrayList<>();
    for (int at = 0; at < names.size(); at += 1) {
      Settings.Builder settings =
          Settings.builder()
              .put("cluster.name", "ecommercestack")
              .put("node.name", names.get(at))
              .put("path.home", home)
              .put("path.data", data.resolve(names.get(at)))
              .put("path.logs", data.resolve("logs"))
              .put("network.host", "127.0.0.1")
              .put("http.port", arguments[2 + 2 * at])
              .put("transport.port", arguments[3 + 2 * at])
              .put("node.processors", 2)
              .put("cluster.routing.allocation.disk.threshold_enabled", false)
              // Of the few documents of a spec, none depends on how full the disk of its machine is.
              .put("indices.merge.disk.check_interval", "0s")
              .putList("discovery.seed_hosts", hosts)
              .putList("cluster.initial_master_nodes", names.get(0));
      // One master: the first node needs no other to start, the others join it.
      if (at > 0) settings.putList("node.roles", "data", "ingest");
      nodes.add(start(home, settings.build()));
    }
    Runtime.getRuntime().addShutdownHook(new Thread(() -> nodes.forEach(Main::stop)));
    System.out.println("Elasticsearch started");
    // The threads of a node are daemons.
    new CountDownLatch(1).await();
  }

  private static Node start(Path home, Settings settings) throws Exception {
    var environment = InternalSettingsPreparer.prepareEnvironment(settings, Map.of(), null, () -> "node");
    var modules = PluginsLoader.loadModulesBundles(home.resolve("modules"), false);
    // From the class path: the server's own modules are not split into a module layer of theirs here.
    var loader = PluginsLoader.createPluginsLoader(modules, Set.of(), Map.of(), false);
    return new Node(environment, loader).start();
  }

  private static void stop(Node node) {
    try {
      node.close();
      node.awaitClose(10, TimeUnit.SECONDS);
    } catch (Exception failure) {
      System.err.println("A node did not stop in order: " + failure);
    }
  }
}
