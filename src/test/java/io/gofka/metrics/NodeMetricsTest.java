package io.gofka.metrics;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.gofka.log.MeasureLogs.Condition;
import io.gofka.log.MeasureLogs.DirectoryMeasures;
import io.gofka.log.MeasureLogs.LogMeasures;
import io.gofka.log.MeasureLogs.ReplicaMeasures;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class NodeMetricsTest {
  private static final JvmMetrics JVM = new JvmMetrics(1_700_000_000.5, 2.25, 100, 1000, 20);

  @Test
  void shardsOfOneDirectoryAreTakenTogether() {
    List<LogMeasures> shards =
        List.of(
            shard(directory("/a", false, Map.of(Condition.SERVING, 3), 100), false, 10),
            shard(
                directory(
                    "/a", false, Map.of(Condition.SERVING, 2, Condition.WRITES_REFUSED, 1), 50),
                true,
                5));
    String text = NodeMetrics.text(shards, JVM);
    assertHas(text, "gofka_log_partitions{directory=\"/a\",state=\"serving\"} 5");
    assertHas(text, "gofka_log_partitions{directory=\"/a\",state=\"writes_refused\"} 1");
    assertHas(text, "gofka_log_size_bytes{directory=\"/a\"} 150");
    assertHas(text, "gofka_log_appended_bytes_total 15");
    assertHas(text, "gofka_log_disk_stalls 1");
    assertHas(text, "process_cpu_seconds_total 2.25");
  }

  @Test
  void shardsCountTheirPartitionsTogetherAndTheWorstLagIsTold() {
    List<LogMeasures> shards =
        List.of(
            new LogMeasures(List.of(), false, 0, new ReplicaMeasures(3, 5, 1, 0, 17, 1_000, 10)),
            new LogMeasures(List.of(), false, 0, new ReplicaMeasures(2, 4, 1, 1, 5, 500, 20)));
    String text = NodeMetrics.text(shards, JVM);
    assertHas(text, "gofka_partitions_led 5");
    assertHas(text, "gofka_partitions_followed 9");
    assertHas(text, "gofka_partitions_under_replicated 2");
    assertHas(text, "gofka_partitions_under_min_isr 1");
    assertHas(text, "gofka_replication_lag_offsets 17");
    assertHas(text, "gofka_replication_pushed_bytes_total 1500");
    assertHas(text, "gofka_replication_copied_bytes_total 30");
  }

  @Test
  void directoryIsOfflineWhenOneShardSaysSo() {
    List<LogMeasures> shards =
        List.of(
            shard(directory("/b", true, Map.of(), 0), false, 0),
            shard(directory("/a", false, Map.of(), 0), false, 0),
            shard(directory("/b", false, Map.of(), 0), false, 0));
    assertEquals(List.of("/b"), NodeMetrics.offlineDirectories(shards));
    assertHas(NodeMetrics.text(shards, JVM), "gofka_log_directory_offline{directory=\"/b\"} 1");
    assertHas(NodeMetrics.text(shards, JVM), "gofka_log_directory_offline{directory=\"/a\"} 0");
  }

  private static void assertHas(String text, String line) {
    assertTrue(text.lines().anyMatch(line::equals), line + " in\n" + text);
  }

  private static DirectoryMeasures directory(
      String path, boolean offline, Map<Condition, Integer> partitions, long sizeBytes) {
    return new DirectoryMeasures(path, offline, partitions, sizeBytes);
  }

  private static LogMeasures shard(DirectoryMeasures directory, boolean stalls, long bytes) {
    return new LogMeasures(List.of(directory), stalls, bytes, ReplicaMeasures.NONE);
  }
}
