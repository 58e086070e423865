package io.gofka.metrics;

import java.util.Map;

/**
 * Writes metrics in the text format that Prometheus reads (version 0.0.4): a family with its help
 * and type, then its samples.
 */
final class MetricsText {
  /** Value of the HTTP header {@code Content-Type}. */
  static final String CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8";

  private final StringBuilder text = new StringBuilder(2048);
  private String family = "";

  /** Begins a family whose samples may rise and fall. */
  MetricsText gauge(String name, String help) {
    return begin(name, help, "gauge");
  }

  /** Begins a family whose samples only rise while the process lives. */
  MetricsText counter(String name, String help) {
    return begin(name, help, "counter");
  }

  private MetricsText begin(String name, String help, String type) {
    family = name;
    text.append("# HELP ").append(name).append(' ');
    text.append(help.replace("\\", "\\\\").replace("\n", "\\n"));
    text.append("\n# TYPE ").append(name).append(' ').append(type).append('\n');
    return this;
  }

  /** A sample of the family without labels. */
  MetricsText sample(double value) {
    return sample(Map.of(), value);
  }

  /** A sample with one label. */
  MetricsText sample(String label, String labelValue, double value) {
    return sample(Map.of(label, labelValue), value);
  }

  /** A sample with labels, in the order of the map. */
  MetricsText sample(Map<String, String> labels, double value) {
    text.append(family);
    char separator = '{';
    for (Map.Entry<String, String> label : labels.entrySet()) {
      text.append(separator).append(label.getKey()).append("=\"");
      text.append(escaped(label.getValue())).append('"');
      separator = ',';
    }
    text.append(labels.isEmpty() ? " " : "} ").append(number(value)).append('\n');
    return this;
  }

  private static String escaped(String value) {
    return value.replace("\\", "\\\\").replace("\"", "\\\"").replace("\n", "\\n");
  }

  private static String number(double value) {
    boolean whole = value == Math.rint(value) && Math.abs(value) < 1e15;
    return whole ? Long.toString((long) value) : Double.toString(value);
  }

  @Override
  public String toString() {
    return text.toString();
  }
}
