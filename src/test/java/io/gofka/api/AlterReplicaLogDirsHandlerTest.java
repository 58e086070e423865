package io.gofka.api;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.gofka.bus.Addresses;
import io.gofka.common.ErrorCode;
import io.gofka.log.MoveLogs;
import io.gofka.log.MoveLogs.Move;
import io.gofka.log.MoveLogs.Moved;
import io.gofka.protocol.message.AlterReplicaLogDirsRequest;
import io.gofka.protocol.message.AlterReplicaLogDirsRequest.AlterReplicaLogDir;
import io.gofka.protocol.message.AlterReplicaLogDirsRequest.AlterReplicaLogDirTopic;
import io.gofka.protocol.message.AlterReplicaLogDirsResponse;
import io.vertx.core.Future;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** On the wire of both versions; the shard is the test's. */
@Timeout(60)
class AlterReplicaLogDirsHandlerTest {
  @TempDir Path directory;
  private AdminBroker broker;
  private final ConcurrentLinkedQueue<Move> asked = new ConcurrentLinkedQueue<>();

  @BeforeEach
  void start() throws Exception {
    broker = new AdminBroker(directory, Map.of());
  }

  @AfterEach
  void close() throws Exception {
    broker.close();
  }

  private void serveShard() throws Exception {
    broker.loop.run(() -> broker.context.bus().serve(Addresses.LOG_MOVE.at(0), this::move));
  }

  private Future<List<Moved>> move(MoveLogs request) {
    asked.addAll(request.moves());
    return Future.succeededFuture(
        request.moves().stream()
            .map(
                each ->
                    new Moved(
                        each.partition(),
                        each.directory().equals("/a")
                            ? ErrorCode.NONE
                            : ErrorCode.LOG_DIR_NOT_FOUND))
            .toList());
  }

  private static AlterReplicaLogDir to(String path, String topic, Integer... partitions) {
    AlterReplicaLogDir directory = new AlterReplicaLogDir().path(path);
    directory
        .topics()
        .add(new AlterReplicaLogDirTopic().name(topic).partitions(List.of(partitions)));
    return directory;
  }

  /** Errors by partition, as the client reads them. */
  private Map<String, ErrorCode> alter(int version, AlterReplicaLogDir... directories)
      throws Exception {
    AlterReplicaLogDirsRequest request = new AlterReplicaLogDirsRequest();
    request.dirs().addAll(List.of(directories));
    AlterReplicaLogDirsResponse response =
        broker.ask(
            new AlterReplicaLogDirsHandler(broker.context),
            request,
            version,
            AlterReplicaLogDirsResponse::read);
    Map<String, ErrorCode> errors = new TreeMap<>();
    response
        .results()
        .forEach(
            topic ->
                topic
                    .partitions()
                    .forEach(
                        each ->
                            errors.put(
                                topic.topicName() + "-" + each.partitionIndex(),
                                ErrorCode.of(each.errorCode()))));
    return errors;
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2})
  void eachPartitionIsAnsweredForItself(int version) throws Exception {
    serveShard();
    assertEquals(
        Map.of("t-0", ErrorCode.NONE, "t-1", ErrorCode.NONE, "u-0", ErrorCode.LOG_DIR_NOT_FOUND),
        alter(version, to("/a", "t", 0, 1), to("/nowhere", "u", 0)));
  }

  @Test
  void partitionUnderSeveralDirectoriesGoesToTheLastOne() throws Exception {
    serveShard();
    alter(2, to("/b", "t", 0), to("/a", "t", 0));
    assertEquals(List.of("/a"), asked.stream().map(Move::directory).toList());
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2})
  void everyPartitionHearsOfAShardThatDoesNotAnswer(int version) throws Exception {
    Map<String, ErrorCode> errors = alter(version, to("/a", "t", 0, 1));
    assertEquals(2, errors.size());
    errors.values().forEach(error -> assertEquals(true, error != ErrorCode.NONE, "error"));
  }
}
