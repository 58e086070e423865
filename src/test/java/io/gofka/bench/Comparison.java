package io.gofka.bench;

import io.gofka.system.process.ApacheKafkaProcess;
import io.gofka.system.process.BrokerSettings;
import io.gofka.system.process.GofkaProcess;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** Rounds of Gofka and Apache Kafka in turn, and a table of their medians in Markdown. */
final class Comparison {
  private static final String HEAP = "1g";

  private final List<Map<Measure, Double>> ours = new ArrayList<>();
  private final List<Map<Measure, Double>> kafkas = new ArrayList<>();

  private Comparison() {}

  /** Runs the rounds with brokers as their users run them, and prints. */
  static void run(int rounds, Round round) throws Exception {
    run(
        rounds,
        round,
        BrokerSettings.plain("bench-gofka", HEAP),
        BrokerSettings.plain("bench-kafka", HEAP));
  }

  /** The same with settings. */
  static void run(int rounds, Round round, BrokerSettings gofka, BrokerSettings kafka)
      throws Exception {
    var comparison = new Comparison();
    for (int i = 1; i <= rounds; i++) {
      comparison.ours.add(round.run(gofka, GofkaProcess::new));
      System.err.println("round " + i + " Gofka  " + text(comparison.ours.get(i - 1)));
      comparison.kafkas.add(round.run(kafka, ApacheKafkaProcess::new));
      System.err.println("round " + i + " Kafka  " + text(comparison.kafkas.get(i - 1)));
    }
    comparison.print();
  }

  private void print() {
    System.out.println(Machine.describe() + "\n");
    System.out.println("| | Gofka | Apache Kafka 4.3.1 | ratio | goal |");
    System.out.println("|---|---|---|---|---|");
    for (Measure measure : ours.get(0).keySet()) {
      double our = median(ours, measure);
      double kafka = median(kafkas, measure);
      System.out.printf(
          Locale.ROOT,
          "| %s | %s | %s | %.2f | %s |%n",
          measure.title(),
          value(measure, our),
          value(measure, kafka),
          our / kafka,
          measure.goal());
    }
  }

  private static String value(Measure measure, double value) {
    String number = String.format(Locale.ROOT, value < 20 ? "%.2f" : "%.0f", value);
    return number + " " + measure.unit();
  }

  private static Map<String, String> text(Map<Measure, Double> results) {
    var text = new LinkedHashMap<String, String>();
    results.forEach((measure, value) -> text.put(measure.title(), value(measure, value)));
    return text;
  }

  private static double median(List<Map<Measure, Double>> rounds, Measure measure) {
    double[] sorted = rounds.stream().mapToDouble(round -> round.get(measure)).sorted().toArray();
    int middle = sorted.length / 2;
    return sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
  }
}
