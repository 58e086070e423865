package io.gofka.metrics;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

class MetricsTextTest {
  @Test
  void familyIsFollowedByItsSamples() {
    String text =
        new MetricsText()
            .gauge("gofka_log_partitions", "Partitions of this broker, by state.")
            .sample("state", "serving", 12)
            .sample("state", "offline", 0)
            .counter("gofka_seconds_total", "Time.")
            .sample(1.5)
            .toString();
    assertEquals(
        """
        # HELP gofka_log_partitions Partitions of this broker, by state.
        # TYPE gofka_log_partitions gauge
        gofka_log_partitions{state="serving"} 12
        gofka_log_partitions{state="offline"} 0
        # HELP gofka_seconds_total Time.
        # TYPE gofka_seconds_total counter
        gofka_seconds_total 1.5
        """,
        text);
  }

  @Test
  void labelsAndHelpsAreEscaped() {
    String text =
        new MetricsText().gauge("g", "a\\b\nc").sample("path", "C:\\x\n\"y\"", 1).toString();
    assertEquals("# HELP g a\\\\b\\nc\n# TYPE g gauge\ng{path=\"C:\\\\x\\n\\\"y\\\"\"} 1\n", text);
  }

  @Test
  void bigNumbersAreWrittenWhole() {
    assertEquals(
        "g 17179869184\n",
        new MetricsText().gauge("g", "h").sample(17179869184.0).toString().split("\n", 3)[2]);
  }
}
