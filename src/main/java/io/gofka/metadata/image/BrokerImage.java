package io.gofka.metadata.image;

import io.gofka.common.HostPort;
import io.gofka.common.Uuids;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.UUID;

/**
 * One registered broker.
 *
 * @param id numeric id that Kafka clients see
 * @param nodeId its name in the configuration
 * @param epoch offset of its registration in the metadata log
 * @param incarnationId tells one process from another of the same name; {@link Uuids#ZERO} when
 *     unknown
 * @param endpoints where Kafka clients reach it
 * @param address where other nodes reach it; empty when it belongs to a node that nobody else needs
 * @param fenced whether it may lead nothing and be in no ISR
 * @param inControlledShutdown whether it is giving up its leaderships in order to stop
 * @param logDirs ids of the directories that it keeps partitions in
 * @param features what it supports, by name
 */
public record BrokerImage(
    int id,
    String nodeId,
    long epoch,
    UUID incarnationId,
    List<Endpoint> endpoints,
    Optional<HostPort> address,
    Optional<String> rack,
    boolean fenced,
    boolean inControlledShutdown,
    List<UUID> logDirs,
    SortedMap<String, VersionRange> features) {
  /**
   * A listener of a broker.
   *
   * @param host empty when the broker answers with the address that the client's own connection has
   *     reached
   */
  public record Endpoint(String listener, Optional<String> host, int port) {}

  public BrokerImage {
    endpoints = List.copyOf(endpoints);
    logDirs = List.copyOf(logDirs);
    features = Collections.unmodifiableSortedMap(new TreeMap<>(features));
  }

  /** A broker of which no more is known than clients need. */
  public BrokerImage(
      int id,
      String nodeId,
      long epoch,
      List<Endpoint> endpoints,
      Optional<String> rack,
      boolean fenced) {
    this(
        id,
        nodeId,
        epoch,
        Uuids.ZERO,
        endpoints,
        Optional.empty(),
        rack,
        fenced,
        false,
        List.of(),
        new TreeMap<>());
  }

  /** Whether it may lead partitions and be in an ISR. */
  public boolean isActive() {
    return !fenced && !inControlledShutdown;
  }

  /** The same in another state. */
  public BrokerImage with(boolean fenced, boolean inControlledShutdown) {
    return new BrokerImage(
        id,
        nodeId,
        epoch,
        incarnationId,
        endpoints,
        address,
        rack,
        fenced,
        inControlledShutdown,
        logDirs,
        features);
  }
}
