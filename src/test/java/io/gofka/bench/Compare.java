package io.gofka.bench;

import io.gofka.system.process.ApacheKafkaProcess;
import io.gofka.system.process.BrokerSettings;
import io.gofka.system.process.GofkaProcess;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** Runs the rounds, Gofka and Apache Kafka in turn, and prints a table of medians in Markdown. */
public final class Compare {
  private static final String HEAP = "1g";

  private Compare() {}

  /** {@code [number of rounds]}, 5 if left out. */
  public static void main(String[] args) throws Exception {
    int rounds = args.length > 0 ? Integer.parseInt(args[0]) : 5;
    var ours = new ArrayList<Map<Measure, Double>>();
    var kafkas = new ArrayList<Map<Measure, Double>>();
    for (int round = 1; round <= rounds; round++) {
      ours.add(BrokerRound.run(new GofkaProcess(BrokerSettings.plain("bench-gofka", HEAP))));
      System.err.println("round " + round + " Gofka  " + text(ours.get(round - 1)));
      kafkas.add(
          BrokerRound.run(new ApacheKafkaProcess(BrokerSettings.plain("bench-kafka", HEAP))));
      System.err.println("round " + round + " Kafka  " + text(kafkas.get(round - 1)));
    }
    System.out.println("| | Gofka | Apache Kafka 4.3.1 | ratio | at most |");
    System.out.println("|---|---|---|---|---|");
    for (Measure measure : Measure.values()) {
      double our = median(ours, measure);
      double kafka = median(kafkas, measure);
      System.out.printf(
          Locale.ROOT,
          "| %s | %s | %s | %.2f | %.2f |%n",
          measure.title(),
          value(measure, our),
          value(measure, kafka),
          our / kafka,
          measure.target());
    }
  }

  private static String value(Measure measure, double value) {
    String number = String.format(Locale.ROOT, value < 20 ? "%.2f" : "%.0f", value);
    return number + " " + measure.unit();
  }

  private static Map<Measure, String> text(Map<Measure, Double> results) {
    var text = new EnumMap<Measure, String>(Measure.class);
    results.forEach((measure, value) -> text.put(measure, value(measure, value)));
    return text;
  }

  private static double median(List<Map<Measure, Double>> rounds, Measure measure) {
    double[] sorted = rounds.stream().mapToDouble(round -> round.get(measure)).sorted().toArray();
    int middle = sorted.length / 2;
    return sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
  }
}
