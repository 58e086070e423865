package io.gofka.api;

import io.gofka.config.BrokerConfig;
import io.gofka.log.LogDirs;
import io.gofka.protocol.ApiKey;

/** The APIs that a broker offers: which handler answers which key. */
public final class BrokerApis {
  private BrokerApis() {}

  /**
   * The handlers of one data loop.
   *
   * @param loops how many data loops there are
   * @param logDirectories what DescribeLogDirs tells of
   */
  public static ApiRegistry create(BrokerContext broker, int loops, LogDirs logDirectories) {
    BrokerConfig config = broker.config().get();
    int sessions = Math.max(1, config.maxIncrementalFetchSessionCacheSlots() / loops);
    ApiRegistry apis = new ApiRegistry();
    apis.register(ApiKey.PRODUCE, new ProduceHandler(broker));
    apis.register(
        ApiKey.FETCH,
        new FetchHandler(broker, config.fetchMaxBytes(), sessions, ReplicaSelector.of(config)));
    apis.register(ApiKey.LIST_OFFSETS, new ListOffsetsHandler(broker));
    apis.register(ApiKey.METADATA, new MetadataHandler(broker));
    apis.register(ApiKey.DELETE_RECORDS, new DeleteRecordsHandler(broker));
    apis.register(ApiKey.OFFSET_FOR_LEADER_EPOCH, new OffsetForLeaderEpochHandler(broker));
    apis.register(ApiKey.DESCRIBE_LOG_DIRS, new DescribeLogDirsHandler(broker, logDirectories));
    apis.register(ApiKey.ALTER_REPLICA_LOG_DIRS, new AlterReplicaLogDirsHandler(broker));
    apis.register(ApiKey.INIT_PRODUCER_ID, new InitProducerIdHandler(broker));
    apis.register(ApiKey.DESCRIBE_PRODUCERS, new DescribeProducersHandler(broker));
    apis.register(ApiKey.LIST_CONFIG_RESOURCES, new ListConfigResourcesHandler(broker));
    apis.register(ApiKey.DESCRIBE_TOPIC_PARTITIONS, new DescribeTopicPartitionsHandler(broker));
    ControllerApis.register(apis, broker, ControllerApis.loggers());
    registerGroups(apis, broker);
    return apis;
  }

  private static void registerGroups(ApiRegistry apis, BrokerContext broker) {
    apis.register(ApiKey.FIND_COORDINATOR, new FindCoordinatorHandler(broker));
    apis.register(ApiKey.JOIN_GROUP, new JoinGroupHandler(broker));
    apis.register(ApiKey.SYNC_GROUP, new SyncGroupHandler(broker));
    apis.register(ApiKey.HEARTBEAT, new HeartbeatHandler(broker));
    apis.register(ApiKey.LEAVE_GROUP, new LeaveGroupHandler(broker));
    apis.register(ApiKey.OFFSET_COMMIT, new OffsetCommitHandler(broker));
    apis.register(ApiKey.OFFSET_FETCH, new OffsetFetchHandler(broker));
    apis.register(ApiKey.OFFSET_DELETE, new OffsetDeleteHandler(broker));
    apis.register(ApiKey.LIST_GROUPS, new ListGroupsHandler(broker));
    apis.register(ApiKey.DESCRIBE_GROUPS, new DescribeGroupsHandler(broker));
    apis.register(ApiKey.DELETE_GROUPS, new DeleteGroupsHandler(broker));
  }
}
