package io.gofka.config;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;

/**
 * What holds for one broker. Immutable: when settings are altered while it runs, a new one takes
 * its place. Accessors carry the name of their key, whose meaning and unit stand in {@link
 * BrokerConfigs}.
 */
public final class BrokerConfig extends BrokerValues {
  /** With nothing set. */
  /** Consumers read from leaders only. */
  public static final String LEADER_REPLICA_SELECTOR =
      "org.apache.kafka.common.replica.LeaderSelector";

  /** Consumers read from replicas in their own rack. */
  public static final String RACK_AWARE_REPLICA_SELECTOR =
      "org.apache.kafka.common.replica.RackAwareReplicaSelector";

  public static final BrokerConfig DEFAULTS = of(Map.of());

  private final Layer staticLayer;

  private BrokerConfig(List<Layer> layers, List<ConfigError> refused) {
    super(layers, refused);
    this.staticLayer = layers.get(layers.size() - 1);
  }

  /**
   * @param staticValues from the file and the environment
   * @throws IllegalArgumentException when one of them is not allowed; {@link
   *     BrokerConfigs#validate} tells all of them before
   */
  public static BrokerConfig of(Map<String, String> staticValues) {
    List<ConfigError> refused = new ArrayList<>();
    Layer layer = accepted(ConfigSource.STATIC_BROKER_CONFIG, staticValues, refused);
    if (!refused.isEmpty()) {
      throw new IllegalArgumentException(refused.get(0).message());
    }
    return new BrokerConfig(List.of(layer), List.of());
  }

  /**
   * The same static settings under other dynamic ones. Those that are not allowed don't hold and
   * are told by {@link #refusedDynamicValues}: what was stored once must not keep a broker from
   * starting.
   *
   * @param clusterDefaults altered for all brokers
   * @param perBroker altered for this one
   */
  public BrokerConfig withDynamic(
      Map<String, String> clusterDefaults, Map<String, String> perBroker) {
    List<ConfigError> refused = new ArrayList<>();
    List<Layer> layers = new ArrayList<>();
    layers.add(accepted(ConfigSource.DYNAMIC_BROKER_CONFIG, perBroker, refused));
    layers.add(accepted(ConfigSource.DYNAMIC_DEFAULT_BROKER_CONFIG, clusterDefaults, refused));
    layers.add(staticLayer);
    return new BrokerConfig(layers, refused);
  }

  /** The same for a node that was given its numeric id by the cluster. */
  public BrokerConfig withNodeId(int nodeId) {
    Map<String, String> values = new TreeMap<>(staticLayer.values());
    values.put("node.id", Integer.toString(nodeId));
    return of(values);
  }

  // Listeners and connections.

  /** Where clients are served, at least one place. */
  public List<Listener> listeners() {
    return Listener.parse(listValue("listeners"));
  }

  /** The names of those listeners that lead to controllers. */
  public Set<String> controllerListenerNames() {
    List<?> names = (List<?>) optionalValue("controller.listener.names").orElse(List.of());
    return names.stream()
        .map(name -> name.toString().trim().toUpperCase(Locale.ROOT))
        .collect(Collectors.toUnmodifiableSet());
  }

  /**
   * What clients are told to connect to; empty when each is to be told the address that it reached
   * this node at.
   */
  public Optional<List<Listener>> advertisedListeners() {
    return optionalValue("advertised.listeners").map(value -> Listener.parse((List<?>) value));
  }

  public int socketListenBacklogSize() {
    return intValue("socket.listen.backlog.size");
  }

  /** -1 for the operating system's choice. */
  public int socketSendBufferBytes() {
    return intValue("socket.send.buffer.bytes");
  }

  /** -1 for the operating system's choice. */
  public int socketReceiveBufferBytes() {
    return intValue("socket.receive.buffer.bytes");
  }

  public int socketRequestMaxBytes() {
    return intValue("socket.request.max.bytes");
  }

  /** 0 or less when the node is to choose. */
  public long queuedMaxRequestBytes() {
    return longValue("queued.max.request.bytes");
  }

  public int maxConnections() {
    return intValue("max.connections");
  }

  public int maxConnectionsPerIp() {
    return intValue("max.connections.per.ip");
  }

  /** Limits by address that go before {@link #maxConnectionsPerIp}. */
  public Map<String, Integer> maxConnectionsPerIpOverrides() {
    return overridesPerIp();
  }

  /** Negative for no limit. */
  public long connectionsMaxIdleMs() {
    return longValue("connections.max.idle.ms");
  }

  public int requestTimeoutMs() {
    return intValue("request.timeout.ms");
  }

  public int fetchMaxBytes() {
    return intValue("fetch.max.bytes");
  }

  public int maxIncrementalFetchSessionCacheSlots() {
    return intValue("max.incremental.fetch.session.cache.slots");
  }

  public int maxRequestPartitionSizeLimit() {
    return intValue("max.request.partition.size.limit");
  }

  // Identity and topics.

  public int nodeId() {
    return intValue("node.id");
  }

  public int controllerQuorumElectionTimeoutMs() {
    return intValue("controller.quorum.election.timeout.ms");
  }

  public long metadataLogMaxRecordBytesBetweenSnapshots() {
    return longValue("metadata.log.max.record.bytes.between.snapshots");
  }

  public long metadataLogMaxSnapshotIntervalMs() {
    return longValue("metadata.log.max.snapshot.interval.ms");
  }

  /** One of the two names above; empty for the leader. */
  public Optional<String> replicaSelectorClass() {
    return optionalValue("replica.selector.class").map(String.class::cast);
  }

  /** Name of the place this broker stands in. */
  public Optional<String> brokerRack() {
    return optionalValue("broker.rack").map(String.class::cast);
  }

  public int numPartitions() {
    return intValue("num.partitions");
  }

  public int defaultReplicationFactor() {
    return intValue("default.replication.factor");
  }

  public boolean autoCreateTopicsEnable() {
    return booleanValue("auto.create.topics.enable");
  }

  public boolean deleteTopicEnable() {
    return booleanValue("delete.topic.enable");
  }

  public int minInsyncReplicas() {
    return intValue("min.insync.replicas");
  }

  public boolean uncleanLeaderElectionEnable() {
    return booleanValue("unclean.leader.election.enable");
  }

  public boolean autoLeaderRebalanceEnable() {
    return booleanValue("auto.leader.rebalance.enable");
  }

  public long leaderImbalanceCheckIntervalSeconds() {
    return longValue("leader.imbalance.check.interval.seconds");
  }

  public boolean controlledShutdownEnable() {
    return booleanValue("controlled.shutdown.enable");
  }

  public long replicaLagTimeMaxMs() {
    return longValue("replica.lag.time.max.ms");
  }

  public long leaderReplicationThrottledRate() {
    return longValue("leader.replication.throttled.rate");
  }

  public long followerReplicationThrottledRate() {
    return longValue("follower.replication.throttled.rate");
  }

  public long replicaAlterLogDirsIoMaxBytesPerSecond() {
    return longValue("replica.alter.log.dirs.io.max.bytes.per.second");
  }

  public long replicaHighWatermarkCheckpointIntervalMs() {
    return longValue("replica.high.watermark.checkpoint.interval.ms");
  }

  // Logs.

  public int messageMaxBytes() {
    return intValue("message.max.bytes");
  }

  /** Age at which segments go, -1 for never; ms go before minutes, minutes before hours. */
  public long logRetentionMs() {
    return inheritedLong("retention.ms");
  }

  /** Negative for no limit. */
  public long logRetentionBytes() {
    return longValue("log.retention.bytes");
  }

  /** Time until a log rolls; ms go before hours. */
  public long logRollMs() {
    return inheritedLong("segment.ms");
  }

  /** Upper bound of the random time taken off {@link #logRollMs}; ms go before hours. */
  public long logRollJitterMs() {
    return inheritedLong("segment.jitter.ms");
  }

  /** Time until a log is forced to disk, {@link Long#MAX_VALUE} for never. */
  public long logFlushIntervalMs() {
    return inheritedLong("flush.ms");
  }

  public int logSegmentBytes() {
    return intValue("log.segment.bytes");
  }

  public long logRetentionCheckIntervalMs() {
    return longValue("log.retention.check.interval.ms");
  }

  public long logFlushSchedulerIntervalMs() {
    return longValue("log.flush.scheduler.interval.ms");
  }

  public int logFlushOffsetCheckpointIntervalMs() {
    return intValue("log.flush.offset.checkpoint.interval.ms");
  }

  public int logFlushStartOffsetCheckpointIntervalMs() {
    return intValue("log.flush.start.offset.checkpoint.interval.ms");
  }

  public long logInitialTaskDelayMs() {
    return longValue("log.initial.task.delay.ms");
  }

  public long logSegmentDeleteDelayMs() {
    return longValue("log.segment.delete.delay.ms");
  }

  public int producerIdExpirationMs() {
    return intValue("producer.id.expiration.ms");
  }

  public int producerIdExpirationCheckIntervalMs() {
    return intValue("producer.id.expiration.check.interval.ms");
  }

  public boolean logCleanerEnable() {
    return booleanValue("log.cleaner.enable");
  }

  public int logCleanerThreads() {
    return intValue("log.cleaner.threads");
  }

  public long logCleanerBackoffMs() {
    return longValue("log.cleaner.backoff.ms");
  }

  public long logCleanerDedupeBufferSize() {
    return longValue("log.cleaner.dedupe.buffer.size");
  }

  public int logCleanerIoBufferSize() {
    return intValue("log.cleaner.io.buffer.size");
  }

  public double logCleanerIoBufferLoadFactor() {
    return doubleValue("log.cleaner.io.buffer.load.factor");
  }

  public double logCleanerIoMaxBytesPerSecond() {
    return doubleValue("log.cleaner.io.max.bytes.per.second");
  }

  // Groups and offsets.

  public int groupMinSessionTimeoutMs() {
    return intValue("group.min.session.timeout.ms");
  }

  public int groupMaxSessionTimeoutMs() {
    return intValue("group.max.session.timeout.ms");
  }

  public int groupInitialRebalanceDelayMs() {
    return intValue("group.initial.rebalance.delay.ms");
  }

  public int groupMaxSize() {
    return intValue("group.max.size");
  }

  public int offsetMetadataMaxBytes() {
    return intValue("offset.metadata.max.bytes");
  }

  /** How long committed offsets are kept once nobody uses them. */
  public long offsetsRetentionMs() {
    return TimeUnit.MINUTES.toMillis(intValue("offsets.retention.minutes"));
  }

  public long offsetsRetentionCheckIntervalMs() {
    return longValue("offsets.retention.check.interval.ms");
  }

  public int offsetsTopicNumPartitions() {
    return intValue("offsets.topic.num.partitions");
  }

  public short offsetsTopicReplicationFactor() {
    return shortValue("offsets.topic.replication.factor");
  }

  public int offsetsTopicSegmentBytes() {
    return intValue("offsets.topic.segment.bytes");
  }

  public int offsetsTopicCompressionCodec() {
    return intValue("offsets.topic.compression.codec");
  }

  public int offsetsLoadBufferSize() {
    return intValue("offsets.load.buffer.size");
  }

  public int offsetsCommitTimeoutMs() {
    return intValue("offsets.commit.timeout.ms");
  }

  // Transactions.

  public int transactionMaxTimeoutMs() {
    return intValue("transaction.max.timeout.ms");
  }

  public int transactionalIdExpirationMs() {
    return intValue("transactional.id.expiration.ms");
  }

  public int transactionStateLogNumPartitions() {
    return intValue("transaction.state.log.num.partitions");
  }

  public short transactionStateLogReplicationFactor() {
    return shortValue("transaction.state.log.replication.factor");
  }

  public int transactionStateLogMinIsr() {
    return intValue("transaction.state.log.min.isr");
  }

  public int transactionStateLogSegmentBytes() {
    return intValue("transaction.state.log.segment.bytes");
  }

  private long inheritedLong(String topicKey) {
    return inheritedText(TopicConfigs.KEYS.get(topicKey)).map(Long::valueOf).orElseThrow();
  }

  private Map<String, Integer> overridesPerIp() {
    Map<String, Integer> limits = new TreeMap<>();
    Pairs.parse(stringValue("max.connections.per.ip.overrides"))
        .forEach((address, limit) -> limits.put(address, Integer.valueOf(limit)));
    return limits;
  }
}
