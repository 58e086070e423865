package io.gofka.metadata;

/**
 * A broker needs producer ids. Answered with a block that nobody else gets, once that is committed.
 */
public record AllocateProducerIds(int brokerId)
    implements Command<AllocateProducerIds.ProducerIdBlock> {
  /** How many ids a block has. */
  public static final int BLOCK_SIZE = 1000;

  /**
   * Ids for one broker.
   *
   * @param first the first of them
   * @param count how many there are
   */
  public record ProducerIdBlock(long first, int count) {}
}
