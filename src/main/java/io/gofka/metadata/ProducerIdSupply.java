package io.gofka.metadata;

import io.gofka.metadata.AllocateProducerIds.ProducerIdBlock;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;

/**
 * Hands out the producer ids of one broker, each once, from blocks that the controller gives it. A
 * new block is asked for before the old one is used up, so that hardly anybody waits; ids of a
 * block that a stopped broker hadn't used are lost, which is why they are never given twice.
 *
 * <p>Confined to one thread, without I/O or clock.
 *
 * @param <W> who waits for an id
 */
final class ProducerIdSupply<W> {
  /** Askers that may wait for a block; more are refused. */
  static final int MAX_WAITING = 10_000;

  /** With so few ids left, the next block is asked for. */
  static final int ASK_AGAIN_AT = AllocateProducerIds.BLOCK_SIZE / 10;

  /** What follows from an event, in order. */
  sealed interface Effect<W> {}

  /** The asker has this id. */
  record Given<W>(W asker, long producerId) implements Effect<W> {}

  /** There is no id for the asker at the moment. */
  record Refused<W>(W asker) implements Effect<W> {}

  /** The controller must be asked for a block; {@link #onBlock} or {@link #onNoBlock} follows. */
  record BlockWanted<W>() implements Effect<W> {}

  private final Deque<W> waiting = new ArrayDeque<>();
  private long next;
  private long end;
  private Optional<ProducerIdBlock> following = Optional.empty();
  private boolean asking;

  /** Somebody needs an id. */
  List<Effect<W>> onAsked(W asker) {
    List<Effect<W>> effects = new ArrayList<>(2);
    if (waiting.size() >= MAX_WAITING) {
      effects.add(new Refused<>(asker));
    } else {
      waiting.add(asker);
    }
    give(effects);
    return effects;
  }

  List<Effect<W>> onBlock(ProducerIdBlock block) {
    asking = false;
    following = Optional.of(block);
    List<Effect<W>> effects = new ArrayList<>();
    give(effects);
    return effects;
  }

  /**
   * The controller gave none. Those who wait are refused; the next asker makes it be asked again.
   */
  List<Effect<W>> onNoBlock() {
    asking = false;
    List<Effect<W>> effects = new ArrayList<>();
    waiting.forEach(asker -> effects.add(new Refused<>(asker)));
    waiting.clear();
    return effects;
  }

  private void give(List<Effect<W>> effects) {
    while (!waiting.isEmpty() && hasNext()) {
      effects.add(new Given<>(waiting.remove(), next++));
    }
    if (!asking && following.isEmpty() && end - next <= ASK_AGAIN_AT) {
      asking = true;
      effects.add(new BlockWanted<>());
    }
  }

  private boolean hasNext() {
    if (next == end && following.isPresent()) {
      next = following.get().first();
      end = next + following.get().count();
      following = Optional.empty();
    }
    return next < end;
  }
}
