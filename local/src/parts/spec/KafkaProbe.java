import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.HashMap;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;

/** A client that is not Dapr's: `produce TOPIC TEXT…`, `consume TOPIC COUNT`, `partitions TOPIC`. Settings as `key=value` in PROBE_CONFIG, by lines. */
public class KafkaProbe {
    public static void main(String[] args) throws Exception {
        Map<String, Object> config = new HashMap<>();
        for (String line : System.getenv("PROBE_CONFIG").split("\n")) {
            config.put(line.substring(0, line.indexOf('=')), line.substring(line.indexOf('=') + 1));
        }
        String topic = args[1];
        switch (args[0]) {
            case "produce" -> {
                try (var producer = new KafkaProducer<>(config, new StringSerializer(), new StringSerializer())) {
                    for (String text : List.of(args).subList(2, args.length)) {
                        producer.send(new ProducerRecord<>(topic, text, text)).get();
                    }
                }
            }
            case "consume" -> {
                config.put("group.id", "probe");
                config.put("auto.offset.reset", "earliest");
                try (var consumer = new KafkaConsumer<>(config, new StringDeserializer(), new StringDeserializer())) {
                    consumer.subscribe(List.of(topic));
                    int left = Integer.parseInt(args[2]);
                    while (left > 0) {
                        for (var record : consumer.poll(Duration.ofSeconds(1))) {
                            System.out.println(record.value());
                            left -= 1;
                        }
                    }
                }
            }
            case "partitions" -> {
                try (var admin = Admin.create(config)) {
                    var description = admin.describeTopics(List.of(topic)).allTopicNames().get().get(topic);
                    System.out.println(description.partitions().size());
                }
            }
            default -> throw new IllegalArgumentException(args[0]);
        }
    }
}
