package io.gofka.api;

import ch.qos.logback.classic.LoggerContext;
import io.gofka.protocol.ApiKey;
import org.slf4j.LoggerFactory;

/**
 * The APIs that every node offers, whether it is a broker or not: what the controllers decide, and
 * how they do. A listener for controllers offers these alone; Kafka's tools come to it with {@code
 * --bootstrap-controller}.
 */
public final class ControllerApis {
  private ControllerApis() {}

  /** The handlers of one data loop for a listener that leads to controllers. */
  public static ApiRegistry create(BrokerContext node) {
    ApiRegistry apis = new ApiRegistry();
    register(apis, node.forControllers(), loggers());
    return apis;
  }

  static BrokerLoggers loggers() {
    return new BrokerLoggers((LoggerContext) LoggerFactory.getILoggerFactory());
  }

  static void register(ApiRegistry apis, BrokerContext node, BrokerLoggers loggers) {
    apis.register(ApiKey.API_VERSIONS, new ApiVersionsHandler(apis, node));
    apis.register(ApiKey.CREATE_TOPICS, new CreateTopicsHandler(node));
    apis.register(ApiKey.DELETE_TOPICS, new DeleteTopicsHandler(node));
    apis.register(ApiKey.CREATE_PARTITIONS, new CreatePartitionsHandler(node));
    apis.register(ApiKey.DESCRIBE_CONFIGS, new DescribeConfigsHandler(node, loggers));
    apis.register(ApiKey.ALTER_CONFIGS, new AlterConfigsHandler(node, loggers));
    apis.register(
        ApiKey.INCREMENTAL_ALTER_CONFIGS, new IncrementalAlterConfigsHandler(node, loggers));
    apis.register(ApiKey.DESCRIBE_CLUSTER, new DescribeClusterHandler(node));
    apis.register(ApiKey.DESCRIBE_QUORUM, new DescribeQuorumHandler(node));
    apis.register(ApiKey.ADD_RAFT_VOTER, new AddRaftVoterHandler(node));
    apis.register(ApiKey.REMOVE_RAFT_VOTER, new RemoveRaftVoterHandler(node));
    apis.register(ApiKey.UNREGISTER_BROKER, new UnregisterBrokerHandler(node));
    apis.register(ApiKey.UPDATE_FEATURES, new UpdateFeaturesHandler(node));
    apis.register(ApiKey.ELECT_LEADERS, new ElectLeadersHandler(node));
    apis.register(
        ApiKey.ALTER_PARTITION_REASSIGNMENTS, new AlterPartitionReassignmentsHandler(node));
    apis.register(ApiKey.LIST_PARTITION_REASSIGNMENTS, new ListPartitionReassignmentsHandler(node));
  }
}
