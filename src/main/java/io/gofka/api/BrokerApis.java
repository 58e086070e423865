package io.gofka.api;

import io.gofka.config.BrokerConfig;
import io.gofka.protocol.ApiKey;
import java.nio.file.Path;

/** The APIs that a broker offers: which handler answers which key. */
public final class BrokerApis {
  private BrokerApis() {}

  /**
   * The handlers of one data loop.
   *
   * @param logDirectory what DescribeLogDirs tells of
   */
  public static ApiRegistry create(BrokerContext broker, Path logDirectory) {
    BrokerConfig config = broker.config().get();
    int sessions =
        Math.max(1, config.maxIncrementalFetchSessionCacheSlots() / broker.shards().count());
    ApiRegistry apis = new ApiRegistry();
    apis.register(ApiKey.PRODUCE, new ProduceHandler(broker));
    apis.register(ApiKey.FETCH, new FetchHandler(broker, config.fetchMaxBytes(), sessions));
    apis.register(ApiKey.LIST_OFFSETS, new ListOffsetsHandler(broker));
    apis.register(ApiKey.METADATA, new MetadataHandler(broker));
    apis.register(ApiKey.API_VERSIONS, new ApiVersionsHandler(apis, broker));
    apis.register(ApiKey.CREATE_TOPICS, new CreateTopicsHandler(broker));
    apis.register(ApiKey.DELETE_RECORDS, new DeleteRecordsHandler(broker));
    apis.register(ApiKey.OFFSET_FOR_LEADER_EPOCH, new OffsetForLeaderEpochHandler(broker));
    apis.register(ApiKey.DESCRIBE_LOG_DIRS, new DescribeLogDirsHandler(broker, logDirectory));
    return apis;
  }
}
