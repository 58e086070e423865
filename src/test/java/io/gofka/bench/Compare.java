package io.gofka.bench;

import io.gofka.system.process.ApacheKafkaProcess;
import io.gofka.system.process.Broker;
import io.gofka.system.process.BrokerSettings;
import io.gofka.system.process.GofkaProcess;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * Gofka against Apache Kafka on this machine: both are measured in turn, several times, and the
 * medians stand in a table. Argument: number of rounds.
 */
public final class Compare {
  private static final String HEAP = "1g";

  private Compare() {}

  public static void main(String[] args) throws Exception {
    int rounds = args.length == 0 ? 5 : Integer.parseInt(args[0]);
    Map<String, List<Double>> ours = new LinkedHashMap<>();
    Map<String, List<Double>> kafkas = new LinkedHashMap<>();
    for (int round = 1; round <= rounds; round++) {
      measure("gofka, round " + round, gofka(), ours);
      measure("kafka, round " + round, kafka(), kafkas);
    }
    System.out.println();
    System.out.println("| median of " + rounds + " | Gofka | Apache Kafka | ratio |");
    System.out.println("|---|---|---|---|");
    ours.forEach(
        (figure, values) -> {
          double our = median(values);
          double kafka = median(kafkas.get(figure));
          System.out.printf(
              Locale.ROOT, "| %s | %.2f | %.2f | %.2f |%n", figure, our, kafka, our / kafka);
        });
    System.exit(0);
  }

  private static Broker gofka() {
    return new GofkaProcess(
        settings("bench-gofka").withJvmOption("-Dio.netty.leakDetection.level=simple"));
  }

  private static Broker kafka() throws Exception {
    ApacheKafkaProcess kafka = new ApacheKafkaProcess(settings("bench-kafka"));
    kafka.format();
    return kafka;
  }

  private static BrokerSettings settings(String name) {
    return new BrokerSettings(name, HEAP, Map.of(), List.of(), List.of(".*"));
  }

  private static void measure(String who, Broker broker, Map<String, List<Double>> figures)
      throws Exception {
    try (broker) {
      BrokerFigures.of(broker)
          .forEach(
              (figure, value) -> {
                System.out.printf(Locale.ROOT, "%s: %s %.2f%n", who, figure, value);
                figures.computeIfAbsent(figure, first -> new ArrayList<>()).add(value);
              });
    }
  }

  private static double median(List<Double> values) {
    List<Double> sorted = values.stream().sorted().toList();
    int middle = sorted.size() / 2;
    return sorted.size() % 2 == 1
        ? sorted.get(middle)
        : (sorted.get(middle - 1) + sorted.get(middle)) / 2;
  }
}
