package io.gofka.rpc;

import io.gofka.common.HostPort;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * Who is the active controller, as far as this node knows: from its own replica of the log, or from
 * what controllers say. What belongs to an earlier term than what is known is ignored.
 */
final class Leaders {
  /**
   * @param nodeId empty when there is none in this term so far
   */
  record Known(long term, String nodeId, Optional<HostPort> address) {
    static final Known NOBODY = new Known(-1, "", Optional.empty());

    boolean isSomebody() {
      return !nodeId.isEmpty();
    }
  }

  private final boolean ownReplica;
  private final List<Consumer<Known>> listeners = new ArrayList<>();
  private Known current = Known.NOBODY;

  /**
   * @param ownReplica whether this node has a replica of the log, which tells it of every leader
   */
  Leaders(boolean ownReplica) {
    this.ownReplica = ownReplica;
  }

  Known current() {
    return current;
  }

  /** Called with everything that is newer than what was known. */
  void onChange(Consumer<Known> listener) {
    listeners.add(listener);
  }

  void removeListener(Consumer<Known> listener) {
    listeners.remove(listener);
  }

  /**
   * A node was taken for the active controller and isn't, or can't be reached. Who has a replica of
   * his own isn't misled by that: it will tell when there is another one.
   */
  void doubt(String nodeId) {
    if (!ownReplica && current.nodeId().equals(nodeId)) {
      become(new Known(current.term(), "", Optional.empty()));
    }
  }

  /**
   * What this node's own replica says. It isn't mistaken about its own term: whom it takes for the
   * leader of that is the leader, and so is nobody, when it was that itself and isn't any more.
   */
  void follow(Known news) {
    if (news.term() < current.term()) {
      return;
    }
    boolean same = news.term() == current.term() && news.nodeId().equals(current.nodeId());
    if (same && (news.address().isEmpty() || news.address().equals(current.address()))) {
      return;
    }
    become(news);
  }

  /**
   * What another node says. Who was taken for the leader of a term, and knows of none in it, has
   * lost that office.
   */
  void learnFrom(String tellerNodeId, Known news) {
    if (!news.isSomebody()
        && news.term() == current.term()
        && current.nodeId().equals(tellerNodeId)) {
      doubt(tellerNodeId);
    } else {
      learn(news);
    }
  }

  void learn(Known news) {
    boolean sameTerm = news.term() == current.term();
    boolean newer = news.term() > current.term();
    boolean found = sameTerm && news.isSomebody() && !current.isSomebody();
    boolean located =
        sameTerm
            && news.nodeId().equals(current.nodeId())
            && news.address().isPresent()
            && !news.address().equals(current.address());
    if (!newer && !found && !located) {
      return;
    }
    become(news);
  }

  private void become(Known news) {
    current = news;
    List.copyOf(listeners).forEach(listener -> listener.accept(news));
  }
}
