package io.gofka.metrics;

import io.gofka.log.MeasureLogs.Condition;
import io.gofka.log.MeasureLogs.DirectoryMeasures;
import io.gofka.log.MeasureLogs.LogMeasures;
import io.gofka.log.MeasureLogs.ReplicaMeasures;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/** The node's metrics, from what its log shards say. Names begin with {@code gofka_}. */
final class NodeMetrics {
  private NodeMetrics() {}

  static String text(List<LogMeasures> shards, JvmMetrics jvm) {
    MetricsText text = new MetricsText();
    Map<String, Directory> directories = directories(shards);
    text.gauge("gofka_log_directory_offline", "1 when a log directory has failed as a whole.");
    directories.forEach((path, all) -> text.sample("directory", path, all.offline ? 1 : 0));
    text.gauge("gofka_log_partitions", "Partitions of this broker, by what may be done with them.");
    directories.forEach((path, all) -> all.writePartitions(text, path));
    text.gauge("gofka_log_size_bytes", "Size of all segments in a log directory.");
    directories.forEach((path, all) -> text.sample("directory", path, (double) all.sizeBytes));
    text.counter("gofka_log_appended_bytes_total", "Bytes of record batches appended.");
    text.sample(shards.stream().mapToDouble(LogMeasures::appendedBytes).sum());
    text.gauge(
        "gofka_log_disk_stalls", "Log shards whose writes have left the event loop: a slow disk.");
    text.sample((double) shards.stream().filter(LogMeasures::diskStalls).count());
    replicas(
        text,
        shards.stream()
            .map(LogMeasures::replicas)
            .reduce(ReplicaMeasures.NONE, ReplicaMeasures::plus));
    jvm(text, jvm);
    return text.toString();
  }

  private static void replicas(MetricsText text, ReplicaMeasures replicas) {
    text.gauge("gofka_partitions_led", "Partitions that this broker leads.");
    text.sample(replicas.led());
    text.gauge("gofka_partitions_followed", "Partitions that it copies from their leaders.");
    text.sample(replicas.followed());
    text.gauge(
        "gofka_partitions_under_replicated",
        "Of those it leads, how many have a replica that isn't in sync.");
    text.sample(replicas.underReplicated());
    text.gauge(
        "gofka_partitions_under_min_isr",
        "Of those it leads, how many have fewer in-sync replicas than acks=all needs.");
    text.sample(replicas.underMinIsr());
    text.gauge(
        "gofka_replication_lag_offsets", "How far the follower that is furthest behind is behind.");
    text.sample((double) replicas.largestLag());
    text.counter(
        "gofka_replication_pushed_bytes_total", "Bytes of record batches sent to followers.");
    text.sample((double) replicas.pushedBytes());
    text.counter(
        "gofka_replication_copied_bytes_total", "Bytes of record batches copied from leaders.");
    text.sample((double) replicas.copiedBytes());
  }

  private static void jvm(MetricsText text, JvmMetrics jvm) {
    text.gauge("process_start_time_seconds", "When the process began, in seconds since 1970.");
    text.sample(jvm.startedSeconds());
    text.counter("process_cpu_seconds_total", "Processor time that the process has used.");
    text.sample(jvm.cpuSeconds());
    text.gauge("jvm_memory_used_bytes", "Used bytes of the heap.");
    text.sample("area", "heap", (double) jvm.heapUsedBytes());
    text.gauge("jvm_memory_max_bytes", "Largest size of the heap.");
    text.sample("area", "heap", (double) jvm.heapMaxBytes());
    text.gauge("jvm_threads_current", "Threads.").sample(jvm.threads());
  }

  /** Paths of the log directories that have failed as a whole, sorted. */
  static List<String> offlineDirectories(List<LogMeasures> shards) {
    return directories(shards).entrySet().stream()
        .filter(directory -> directory.getValue().offline)
        .map(Map.Entry::getKey)
        .toList();
  }

  /** What the shards say of each directory, taken together, by path. */
  private static Map<String, Directory> directories(List<LogMeasures> shards) {
    Map<String, Directory> directories = new TreeMap<>();
    for (LogMeasures shard : shards) {
      for (DirectoryMeasures measured : shard.directories()) {
        directories.computeIfAbsent(measured.path(), path -> new Directory()).add(measured);
      }
    }
    return directories;
  }

  private static final class Directory {
    private boolean offline;
    private long sizeBytes;
    private final Map<Condition, Integer> partitions = new TreeMap<>();

    void add(DirectoryMeasures measured) {
      offline |= measured.offline();
      sizeBytes += measured.sizeBytes();
      measured
          .partitions()
          .forEach((condition, count) -> partitions.merge(condition, count, Integer::sum));
    }

    void writePartitions(MetricsText text, String path) {
      partitions.forEach(
          (condition, count) -> {
            Map<String, String> labels = new LinkedHashMap<>();
            labels.put("directory", path);
            labels.put("state", condition.name().toLowerCase(Locale.ROOT));
            text.sample(labels, count);
          });
    }
  }
}
