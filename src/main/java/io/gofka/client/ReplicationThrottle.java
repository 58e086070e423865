package io.gofka.client;

import io.gofka.client.ClientException.Kind;
import io.gofka.common.ApiException;
import io.gofka.common.ErrorCode;
import io.gofka.common.HostPort;
import io.gofka.common.TopicPartition;
import io.gofka.protocol.ApiKey;
import io.gofka.protocol.message.IncrementalAlterConfigsRequest;
import io.gofka.protocol.message.IncrementalAlterConfigsRequest.AlterConfigsResource;
import io.gofka.protocol.message.IncrementalAlterConfigsRequest.AlterableConfig;
import io.gofka.protocol.message.IncrementalAlterConfigsResponse;
import io.gofka.protocol.message.IncrementalAlterConfigsResponse.AlterConfigsResourceResponse;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Holds the copying of partitions on the move to a rate, by the settings that Kafka has for it
 * (KIP-73): a rate for each broker, and for each topic the replicas that it holds for. Got from
 * {@link ClusterAdmin#throttle}.
 *
 * <p>What concerns a broker is asked there, as Kafka wants it; where brokers are is known from the
 * last {@link ClusterAdmin#describe}. One that is gone copies nothing, and is passed over.
 */
public final class ReplicationThrottle {
  private static final String LEADER_RATE = "leader.replication.throttled.rate";
  private static final String FOLLOWER_RATE = "follower.replication.throttled.rate";
  private static final String LEADER_REPLICAS = "leader.replication.throttled.replicas";
  private static final String FOLLOWER_REPLICAS = "follower.replication.throttled.replicas";
  private static final byte TOPIC = 2;
  private static final byte BROKER = 4;
  private static final byte SET = 0;
  private static final byte DELETE = 1;

  private static final Set<ErrorCode> GONE =
      Set.of(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION, ErrorCode.BROKER_ID_NOT_REGISTERED);

  /**
   * A partition on the move.
   *
   * @param from brokers that have it, each of which may lead it
   * @param added brokers that copy it
   */
  public record Copy(TopicPartition partition, List<Integer> from, List<Integer> added) {
    public Copy {
      from = List.copyOf(from);
      added = List.copyOf(added);
    }
  }

  private final ClusterChannel channel;

  ReplicationThrottle(ClusterChannel channel) {
    this.channel = channel;
  }

  /**
   * Replaces what was set before for these topics and brokers.
   *
   * @param bytesPerSecond that each broker may send for these partitions, and take
   */
  public Future<Void> hold(Collection<Copy> copies, long bytesPerSecond) {
    SortedMap<String, SortedSet<String>> sending = new TreeMap<>();
    SortedMap<String, SortedSet<String>> taking = new TreeMap<>();
    Set<Integer> brokers = new TreeSet<>();
    for (Copy copy : copies) {
      String topic = copy.partition().topic();
      int partition = copy.partition().partition();
      copy.from().forEach(id -> put(sending, topic, partition + ":" + id));
      copy.added().forEach(id -> put(taking, topic, partition + ":" + id));
      brokers.addAll(copy.from());
      brokers.addAll(copy.added());
    }
    List<AlterConfigsResource> topics = new ArrayList<>();
    sending.forEach(
        (topic, replicas) ->
            topics.add(
                resource(
                    TOPIC,
                    topic,
                    LEADER_REPLICAS,
                    Optional.of(String.join(",", replicas)),
                    FOLLOWER_REPLICAS,
                    Optional.ofNullable(taking.get(topic)).map(all -> String.join(",", all)))));
    return alterBrokers(brokers, Optional.of(Long.toString(bytesPerSecond)))
        .compose(held -> alterTopics(topics));
  }

  private static void put(
      SortedMap<String, SortedSet<String>> replicas, String topic, String replica) {
    replicas.computeIfAbsent(topic, name -> new TreeSet<>()).add(replica);
  }

  /** Nothing is held back any more. */
  public Future<Void> release(Collection<String> topics, Collection<Integer> brokers) {
    Optional<String> none = Optional.empty();
    List<AlterConfigsResource> resources = new ArrayList<>();
    for (String topic : new TreeSet<>(topics)) {
      resources.add(resource(TOPIC, topic, LEADER_REPLICAS, none, FOLLOWER_REPLICAS, none));
    }
    return alterTopics(resources).compose(released -> alterBrokers(new TreeSet<>(brokers), none));
  }

  private Future<Void> alterBrokers(Collection<Integer> brokers, Optional<String> rate) {
    Future<Void> all = Future.succeededFuture();
    for (int id : brokers) {
      Optional<HostPort> address = channel.broker(id);
      if (address.isPresent()) {
        AlterConfigsResource resource =
            resource(BROKER, Integer.toString(id), LEADER_RATE, rate, FOLLOWER_RATE, rate);
        all = all.compose(before -> alterBroker(address.get(), resource));
      }
    }
    return all;
  }

  private Future<Void> alterBroker(HostPort address, AlterConfigsResource resource) {
    return check(
            channel.ask(
                address,
                ApiKey.INCREMENTAL_ALTER_CONFIGS,
                version -> new IncrementalAlterConfigsRequest().resources(List.of(resource)),
                IncrementalAlterConfigsResponse.class))
        .recover(
            cause ->
                cause instanceof ClientException gone && gone.kind() != Kind.UNSUPPORTED
                    ? Future.succeededFuture()
                    : Future.failedFuture(cause));
  }

  private static AlterConfigsResource resource(
      byte type,
      String name,
      String first,
      Optional<String> firstValue,
      String second,
      Optional<String> secondValue) {
    return new AlterConfigsResource()
        .resourceType(type)
        .resourceName(name)
        .configs(List.of(config(first, firstValue), config(second, secondValue)));
  }

  private static AlterableConfig config(String name, Optional<String> value) {
    return new AlterableConfig()
        .name(name)
        .configOperation(value.isPresent() ? SET : DELETE)
        .value(value.orElse(null));
  }

  private Future<Void> alterTopics(List<AlterConfigsResource> topics) {
    return topics.isEmpty()
        ? Future.succeededFuture()
        : check(
            channel.sendUntilAnswered(
                ApiKey.INCREMENTAL_ALTER_CONFIGS,
                version -> new IncrementalAlterConfigsRequest().resources(topics),
                IncrementalAlterConfigsResponse.class));
  }

  /** A topic or a broker that is gone meanwhile needs no throttle. */
  private static Future<Void> check(Future<IncrementalAlterConfigsResponse> altered) {
    return altered.map(
        response -> {
          for (AlterConfigsResourceResponse resource : response.responses()) {
            ErrorCode error = ErrorCode.of(resource.errorCode());
            if (error != ErrorCode.NONE && !GONE.contains(error)) {
              throw new ApiException(
                  error,
                  "the throttle of "
                      + Map.of(TOPIC, "topic ", BROKER, "broker ").get(resource.resourceType())
                      + resource.resourceName()
                      + ": "
                      + PartitionAdmin.text(error, resource.errorMessage()));
            }
          }
          return null;
        });
  }
}
