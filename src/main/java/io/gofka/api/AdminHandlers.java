package io.gofka.api;

import ch.qos.logback.classic.LoggerContext;
import io.gofka.protocol.ApiKey;
import org.slf4j.ILoggerFactory;
import org.slf4j.LoggerFactory;

/** The handlers that read and change metadata. */
public final class AdminHandlers {
  private AdminHandlers() {}

  /** Registers them all. */
  public static void register(ApiRegistry registry, BrokerContext broker) {
    BrokerLoggers loggers = new BrokerLoggers(loggerContext());
    registry.register(ApiKey.METADATA, new MetadataHandler(broker));
    registry.register(ApiKey.CREATE_TOPICS, new CreateTopicsHandler(broker));
    registry.register(ApiKey.DELETE_TOPICS, new DeleteTopicsHandler(broker));
    registry.register(ApiKey.CREATE_PARTITIONS, new CreatePartitionsHandler(broker));
    registry.register(ApiKey.DESCRIBE_CONFIGS, new DescribeConfigsHandler(broker, loggers));
    registry.register(ApiKey.ALTER_CONFIGS, new AlterConfigsHandler(broker, loggers));
    registry.register(
        ApiKey.INCREMENTAL_ALTER_CONFIGS, new IncrementalAlterConfigsHandler(broker, loggers));
    registry.register(ApiKey.DESCRIBE_CLUSTER, new DescribeClusterHandler(broker));
    registry.register(ApiKey.DESCRIBE_TOPIC_PARTITIONS, new DescribeTopicPartitionsHandler(broker));
    registry.register(ApiKey.LIST_CONFIG_RESOURCES, new ListConfigResourcesHandler(broker));
    registry.register(ApiKey.INIT_PRODUCER_ID, new InitProducerIdHandler(broker));
  }

  private static LoggerContext loggerContext() {
    ILoggerFactory factory = LoggerFactory.getILoggerFactory();
    if (factory instanceof LoggerContext context) {
      return context;
    }
    throw new IllegalStateException("logging goes through " + factory + ", not through logback");
  }
}
