package io.gofka.balance;

import io.gofka.common.TopicPartition;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.SortedMap;

/**
 * What is to be changed.
 *
 * @param moves by topic and partition; none when nothing can be made better
 * @param before what each broker has now, by its id
 * @param after what each has when all moves are done
 */
public record BalancePlan(
    List<Move> moves, SortedMap<Integer, Share> before, SortedMap<Integer, Share> after) {
  /** Moves without a copy in one portion: one request has to hold them. */
  static final int MAX_FREE_MOVES = 1_000;

  /**
   * One partition's replicas.
   *
   * @param bytes that each replica which comes has to copy
   */
  public record Move(TopicPartition partition, List<Integer> from, List<Integer> to, long bytes) {
    public Move {
      from = List.copyOf(from);
      to = List.copyOf(to);
    }

    /** The brokers that get a replica. */
    public List<Integer> added() {
      return to.stream().filter(id -> !from.contains(id)).toList();
    }

    /** What has to be copied in all; nothing when only the preferred leader changes. */
    public long copiedBytes() {
      return bytes * added().size();
    }
  }

  /**
   * What a broker has.
   *
   * @param leaders partitions whose preferred leader it is
   * @param bytes of all its replicas
   */
  public record Share(int leaders, int replicas, long bytes) {}

  public BalancePlan {
    moves = List.copyOf(moves);
  }

  /** What has to be copied in all. */
  public long copiedBytes() {
    return moves.stream().mapToLong(Move::copiedBytes).sum();
  }

  /**
   * The moves in the order and the portions in which they are to be carried out: first what costs
   * nothing, then the small ones, so that much is done when somebody stops it.
   *
   * @param maxPartitions in one portion that copies
   */
  public List<List<Move>> batches(int maxPartitions) {
    List<Move> free = moves.stream().filter(move -> move.added().isEmpty()).toList();
    List<Move> copying =
        moves.stream()
            .filter(move -> !move.added().isEmpty())
            .sorted(Comparator.comparingLong(Move::copiedBytes)) // Stable.
            .toList();
    List<List<Move>> batches = new ArrayList<>();
    addBatches(free, MAX_FREE_MOVES, batches);
    addBatches(copying, maxPartitions, batches);
    return batches;
  }

  private static void addBatches(List<Move> moves, int size, List<List<Move>> batches) {
    for (int from = 0; from < moves.size(); from += size) {
      batches.add(List.copyOf(moves.subList(from, Math.min(moves.size(), from + size))));
    }
  }
}
