package io.gofka.client;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.gofka.client.ClientException.Kind;
import io.gofka.client.ScriptedNode.Asked;
import io.gofka.protocol.ApiKey;
import io.gofka.protocol.message.ListPartitionReassignmentsResponse;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What becomes of a question when the node that was asked goes away. */
@Timeout(60)
class ClusterChannelTest {
  private static final ClientSettings SETTINGS =
      ClientSettings.defaults().withTimeouts(20_000, 20_000);

  private final Vertx vertx = Vertx.vertx();

  @AfterEach
  void stop() throws Exception {
    await(vertx.close());
  }

  private static <T> T await(Future<T> future) throws Exception {
    try {
      return future.toCompletionStage().toCompletableFuture().get(40, TimeUnit.SECONDS);
    } catch (ExecutionException failed) {
      throw (Exception) failed.getCause();
    }
  }

  private <T> T on(Supplier<Future<T>> action) throws Exception {
    Promise<T> done = Promise.promise();
    vertx.runOnContext(started -> action.get().onComplete(done));
    return await(done.future());
  }

  private ScriptedNode node(ApiKey offered, Consumer<Asked> script) throws Exception {
    return new ScriptedNode(
        vertx,
        asked -> {
          if (asked.key() == ApiKey.API_VERSIONS) {
            asked.offer(0, Short.MAX_VALUE, offered);
          } else {
            script.accept(asked);
          }
        });
  }

  private static void answer(Asked asked) {
    asked.answer(new ListPartitionReassignmentsResponse().errorMessage(null));
  }

  private Set<?> moving(ScriptedNode... nodes) throws Exception {
    return on(
        () ->
            ClusterAdmin.connect(
                    vertx, List.of(nodes).stream().map(ScriptedNode::address).toList(), SETTINGS)
                .compose(admin -> admin.partitions().moving().eventually(admin::close)));
  }

  @Test
  void anotherNodeIsAskedWhenTheFirstOneGoesAway() throws Exception {
    ScriptedNode first = node(ApiKey.LIST_PARTITION_REASSIGNMENTS, asked -> asked.from().close());
    ScriptedNode second = node(ApiKey.LIST_PARTITION_REASSIGNMENTS, ClusterChannelTest::answer);
    assertEquals(Set.of(), moving(first, second));
    assertEquals(ApiKey.LIST_PARTITION_REASSIGNMENTS, second.asked.get(1).key());
  }

  @Test
  void sameNodeIsAskedAgainWhenThereIsNoOther() throws Exception {
    int[] times = {0};
    ScriptedNode node =
        node(
            ApiKey.LIST_PARTITION_REASSIGNMENTS,
            asked -> {
              if (times[0]++ == 0) {
                asked.from().close();
              } else {
                answer(asked);
              }
            });
    assertEquals(Set.of(), moving(node));
    assertEquals(2, times[0]);
  }

  @Test
  void nodeThatDoesNotOfferItIsNotAskedAgain() throws Exception {
    ScriptedNode node = node(ApiKey.METADATA, ClusterChannelTest::answer);
    ClientException refused = assertThrows(ClientException.class, () -> moving(node));
    assertEquals(Kind.UNSUPPORTED, refused.kind());
  }
}
