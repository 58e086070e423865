package io.gofka.group;

/**
 * Which partition of {@code __consumer_offsets} keeps a group, as every Kafka broker reckons it.
 */
public final class GroupPartitions {
  private GroupPartitions() {}

  /**
   * @param numPartitions of {@code __consumer_offsets}, at least 1
   */
  public static int of(String groupId, int numPartitions) {
    int hash = groupId.hashCode();
    // The one hash without an absolute value counts as 0.
    return (hash == Integer.MIN_VALUE ? 0 : Math.abs(hash)) % numPartitions;
  }
}
