package io.gofka.raft;

import io.gofka.common.HostPort;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Where other replicas may be: as configured, as they were met, and as the quorum has it, which
 * knows better than what comes before it.
 *
 * <p>Confined to one thread.
 */
final class KnownPeers {
  private final String selfNodeId;
  private final SortedMap<String, HostPort> contacts;
  private final SortedMap<String, HostPort> learnt = new TreeMap<>();
  private PeerAddresses told = new PeerAddresses(new TreeMap<>());

  /**
   * @param contacts as configured, by node id; this node itself doesn't count
   */
  KnownPeers(String selfNodeId, SortedMap<String, HostPort> contacts) {
    this.selfNodeId = selfNodeId;
    this.contacts = new TreeMap<>(contacts);
    this.contacts.remove(selfNodeId);
  }

  /** Ids of the nodes that are configured. */
  Set<String> contacts() {
    return contacts.keySet();
  }

  void learn(String nodeId, HostPort address) {
    learnt.put(nodeId, address);
  }

  /** Where they all are, when it isn't what was told last. */
  Optional<PeerAddresses> news(VoterSet voters) {
    SortedMap<String, HostPort> addresses = new TreeMap<>(contacts);
    addresses.putAll(learnt);
    voters.reserved().values().forEach(seat -> addresses.put(seat.nodeId(), seat.address()));
    voters.voters().values().forEach(voter -> addresses.put(voter.nodeId(), voter.address()));
    addresses.remove(selfNodeId);
    PeerAddresses now = new PeerAddresses(addresses);
    if (now.equals(told)) {
      return Optional.empty();
    }
    told = now;
    return Optional.of(now);
  }
}
