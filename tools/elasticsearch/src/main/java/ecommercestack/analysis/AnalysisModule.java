package ecommercestack.analysis;

import java.util.Map;
import org.apache.lucene.analysis.TokenStream;
import org.apache.lucene.analysis.en.EnglishPossessiveFilter;
import org.apache.lucene.analysis.en.PorterStemFilter;
import org.apache.lucene.analysis.miscellaneous.ASCIIFoldingFilter;
import org.apache.lucene.analysis.ngram.EdgeNGramTokenFilter;
import org.elasticsearch.common.settings.Settings;
import org.elasticsearch.index.analysis.AbstractTokenFilterFactory;
import org.elasticsearch.index.analysis.TokenFilterFactory;
import org.elasticsearch.indices.analysis.AnalysisModule.AnalysisProvider;
import org.elasticsearch.plugins.AnalysisPlugin;
import org.elasticsearch.plugins.Plugin;

/**
 * Lucene's own filters under the names and settings that the analysis module of a full Elasticsearch gives them. That
 * module is not published by itself; with this one, an index made for a full server can be made here.
 */
public final class AnalysisModule extends Plugin implements AnalysisPlugin {
  private interface Filter {
    TokenStream over(TokenStream tokens, Settings settings);
  }

  @Override
  public Map<String, AnalysisProvider<TokenFilterFactory>> getTokenFilters() {
    return Map.of(
        "asciifolding",
        filter((tokens, settings) -> new ASCIIFoldingFilter(tokens, settings.getAsBoolean("preserve_original", false))),
        "edge_ngram",
        filter(
            (tokens, settings) ->
                new EdgeNGramTokenFilter(
                    tokens,
                    settings.getAsInt("min_gram", 1),
                    settings.getAsInt("max_gram", 2),
                    settings.getAsBoolean("preserve_original", false))),
        "stemmer",
        filter(AnalysisModule::stemmer),
        "synonym_graph",
        (index, environment, name, settings) -> new SynonymGraph(name, settings));
  }

  private static TokenStream stemmer(TokenStream tokens, Settings settings) {
    String language = settings.get("language", settings.get("name", "english"));
    return switch (language) {
      case "english" -> new PorterStemFilter(tokens);
      case "possessive_english" -> new EnglishPossessiveFilter(tokens);
      default -> throw new IllegalArgumentException("no stemmer for " + language + " in this test server");
    };
  }

  private static AnalysisProvider<TokenFilterFactory> filter(Filter filter) {
    return (index, environment, name, settings) ->
        new AbstractTokenFilterFactory(name) {
          @Override
          public TokenStream create(TokenStream tokens) {
            return filter.over(tokens, settings);
          }

          /** Folding letters is part of a normal form, the other filters are not. */
          @Override
          public TokenStream normalize(TokenStream tokens) {
            return "asciifolding".equals(settings.get("type", name)) ? create(tokens) : tokens;
          }
        };
  }
}
