package io.gofka.bench;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** What was measured of brokers of one kind; the measures stand in the order they came in. */
final class Contender {
  private final Map<Measure, List<Double>> values = new LinkedHashMap<>();

  void add(Measure measure, double value) {
    values.computeIfAbsent(measure, any -> new ArrayList<>()).add(value);
  }

  Set<Measure> measures() {
    return values.keySet();
  }

  double median(Measure measure) {
    double[] sorted =
        values.get(measure).stream().mapToDouble(Double::doubleValue).sorted().toArray();
    int middle = sorted.length / 2;
    return sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
  }
}
