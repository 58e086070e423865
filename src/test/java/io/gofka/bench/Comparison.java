package io.gofka.bench;

import io.gofka.system.process.ApacheKafkaProcess;
import io.gofka.system.process.BrokerSettings;
import io.gofka.system.process.GofkaProcess;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;

/** Rounds of Gofka and Apache Kafka in turn, and a table of their medians in Markdown. */
final class Comparison {
  static final BrokerSettings GOFKA = BrokerSettings.plain("bench-gofka", "1g");
  static final BrokerSettings KAFKA = BrokerSettings.plain("bench-kafka", "1g");

  private Comparison() {}

  /** Runs the rounds with brokers as their users run them, and prints. */
  static void run(int rounds, Round round) throws Exception {
    run(rounds, round, GOFKA, KAFKA);
  }

  /** The same with settings. */
  static void run(int rounds, Round round, BrokerSettings gofka, BrokerSettings kafka)
      throws Exception {
    var ours = new Contender();
    var kafkas = new Contender();
    for (int i = 1; i <= rounds; i++) {
      add(ours, "round " + i + " Gofka  ", round.run(gofka, GofkaProcess::new));
      add(kafkas, "round " + i + " Kafka  ", round.run(kafka, ApacheKafkaProcess::new));
    }
    print(ours, kafkas);
  }

  private static void add(Contender contender, String name, Map<Measure, Double> results) {
    var text = new LinkedHashMap<String, String>();
    results.forEach(
        (measure, value) -> {
          contender.add(measure, value);
          text.put(measure.title(), value(measure, value));
        });
    System.err.println(name + text);
  }

  static void print(Contender ours, Contender kafkas) {
    System.out.println(Machine.describe() + "\n");
    System.out.println("| | Gofka | Apache Kafka 4.3.1 | ratio | goal |");
    System.out.println("|---|---|---|---|---|");
    for (Measure measure : ours.measures()) {
      double our = ours.median(measure);
      double kafka = kafkas.median(measure);
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

  static String value(Measure measure, double value) {
    String number = String.format(Locale.ROOT, value < 20 ? "%.2f" : "%.0f", value);
    return number + " " + measure.unit();
  }
}
