package io.gofka.raft;

import io.gofka.common.HostPort;
import java.util.Collections;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Where the nodes are that this one may send to: all that it knows now, by node id. A node that is
 * no longer among them is not dialled any more.
 */
public record PeerAddresses(SortedMap<String, HostPort> addresses) {
  public PeerAddresses {
    addresses = Collections.unmodifiableSortedMap(new TreeMap<>(addresses));
  }

  // Written out: linking the derived one is a noticeable part of the start of a node.
  @Override
  public boolean equals(Object other) {
    return other instanceof PeerAddresses that && addresses.equals(that.addresses);
  }

  @Override
  public int hashCode() {
    return addresses.hashCode();
  }
}
