package io.gofka.system.process;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** The records of a topic as they lie on the disks of brokers that have stopped. */
public final class ReplicaLogs {
  private ReplicaLogs() {}

  /**
   * Compares the replicas of each partition byte by byte, whatever segments they lie in.
   *
   * @return what differs; empty when nothing does
   * @throws IllegalStateException when a broker has no replica of a partition
   */
  public static List<String> differences(Cluster cluster, String topic, int partitions)
      throws IOException {
    var differences = new ArrayList<String>();
    for (int partition = 0; partition < partitions; partition++) {
      String name = topic + "-" + partition;
      byte[] first = null;
      for (Broker broker : cluster.nodes()) {
        byte[] records = records(broker, name);
        if (first == null) {
          first = records;
        }
        int same = Arrays.mismatch(first, records);
        if (same >= 0) {
          differences.add(
              String.format(
                  "%s in %s has %d bytes, the first replica has %d; they differ from %d on",
                  name, broker.dataDir(), records.length, first.length, same));
        }
      }
    }
    return differences;
  }

  private static byte[] records(Broker broker, String name) throws IOException {
    List<Path> segments;
    try (var paths = Files.walk(broker.dataDir())) {
      segments =
          paths
              .filter(path -> path.getParent().endsWith(name) && path.toString().endsWith(".log"))
              .sorted()
              .toList();
    }
    if (segments.isEmpty()) {
      throw new IllegalStateException("no replica of " + name + " in " + broker.dataDir());
    }
    var records = new ByteArrayOutputStream();
    for (Path segment : segments) {
      Files.copy(segment, records);
    }
    return records.toByteArray();
  }
}
