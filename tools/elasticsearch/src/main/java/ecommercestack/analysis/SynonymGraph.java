package ecommercestack.analysis;

import java.io.IOException;
import java.io.StringReader;
import java.text.ParseException;
import java.util.List;
import java.util.function.Function;
import org.apache.lucene.analysis.Analyzer;
import org.apache.lucene.analysis.TokenStream;
import org.apache.lucene.analysis.synonym.SolrSynonymParser;
import org.apache.lucene.analysis.synonym.SynonymGraphFilter;
import org.apache.lucene.analysis.synonym.SynonymMap;
import org.elasticsearch.common.settings.Settings;
import org.elasticsearch.index.IndexService.IndexCreationContext;
import org.elasticsearch.index.analysis.AbstractTokenFilterFactory;
import org.elasticsearch.index.analysis.CharFilterFactory;
import org.elasticsearch.index.analysis.CustomAnalyzer;
import org.elasticsearch.index.analysis.TokenFilterFactory;
import org.elasticsearch.index.analysis.TokenizerFactory;

/** Synonyms in Solr's form, read by the analyser that the filter is part of, as far as it comes before the filter. */
final class SynonymGraph extends AbstractTokenFilterFactory {
  private final Settings settings;

  SynonymGraph(String name, Settings settings) {
    super(name);
    this.settings = settings;
  }

  @Override
  public TokenStream create(TokenStream tokens) {
    throw new IllegalStateException("synonyms need the filters before them");
  }

  @Override
  public TokenFilterFactory getChainAwareTokenFilterFactory(
      IndexCreationContext context,
      TokenizerFactory tokenizer,
      List<CharFilterFactory> charFilters,
      List<TokenFilterFactory> before,
      Function<String, TokenFilterFactory> all) {
    Analyzer analyzer =
        new CustomAnalyzer(
            tokenizer,
            charFilters.toArray(CharFilterFactory[]::new),
            before.stream().map(TokenFilterFactory::getSynonymFilter).toArray(TokenFilterFactory[]::new));
    SynonymMap synonyms = parse(analyzer);
    return new AbstractTokenFilterFactory(name()) {
      @Override
      public TokenStream create(TokenStream tokens) {
        return synonyms.fst == null ? tokens : new SynonymGraphFilter(tokens, synonyms, false);
      }
    };
  }

  private SynonymMap parse(Analyzer analyzer) {
    try {
      var parser = new SolrSynonymParser(true, settings.getAsBoolean("expand", true), analyzer);
      parser.parse(new StringReader(String.join("\n", settings.getAsList("synonyms"))));
      return parser.build();
    } catch (IOException | ParseException failure) {
      throw new IllegalArgumentException("the synonyms cannot be read", failure);
    }
  }
}
