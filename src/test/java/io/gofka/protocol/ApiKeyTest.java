package io.gofka.protocol;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.gofka.protocol.message.ApiVersionsRequest;
import io.gofka.protocol.message.ApiVersionsResponse;
import io.netty.buffer.Unpooled;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.apache.kafka.common.message.ApiMessageType.ListenerType;
import org.apache.kafka.common.protocol.ApiKeys;
import org.junit.jupiter.api.Test;

class ApiKeyTest {
  @Test
  void everyApiOfKafkaThatHasAVersionIsThereUnderItsName() {
    List<String> kafkas =
        Arrays.stream(ApiKeys.values())
            .filter(ApiKeys::hasValidVersion)
            .map(key -> key.name() + " " + key.id + " " + key.name)
            .toList();
    assertEquals(
        kafkas,
        Arrays.stream(ApiKey.values())
            .map(key -> key.name() + " " + key.id() + " " + key.apiName())
            .toList());
  }

  @Test
  void versionsAreTheStableOnesOfKafka() {
    for (ApiKey key : ApiKey.values()) {
      ApiKeys kafkas = ApiKeys.forId(key.id());
      // Kafka's listing of Produce begins with versions it doesn't read (KAFKA-18659); those are no
      // versions here.
      assertEquals(
          kafkas == ApiKeys.PRODUCE ? 3 : kafkas.oldestVersion(), key.lowestVersion(), key.name());
      assertEquals(kafkas.latestVersion(false), key.highestVersion(), key.name());
      assertTrue(key.supports(key.lowestVersion()) && key.supports(key.highestVersion()));
      assertTrue(!key.supports((short) (key.lowestVersion() - 1)));
      assertTrue(!key.supports((short) (key.highestVersion() + 1)));
    }
  }

  @Test
  void headersHaveTheVersionsOfKafka() {
    for (ApiKey key : ApiKey.values()) {
      ApiKeys kafkas = ApiKeys.forId(key.id());
      for (short v = key.lowestVersion(); v <= key.highestVersion(); v++) {
        assertEquals(kafkas.requestHeaderVersion(v), key.requestHeaderVersion(v), key + " v" + v);
        assertEquals(kafkas.responseHeaderVersion(v), key.responseHeaderVersion(v), key + " v" + v);
      }
    }
    assertEquals(0, ApiKey.API_VERSIONS.responseHeaderVersion((short) 4));
  }

  @Test
  void brokersAndControllersAnswerWhatKafkasDo() {
    for (ApiKey key : ApiKey.values()) {
      ApiKeys kafkas = ApiKeys.forId(key.id());
      assertEquals(kafkas.inScope(ListenerType.BROKER), key.onBroker(), key.name());
      assertEquals(kafkas.inScope(ListenerType.CONTROLLER), key.onController(), key.name());
    }
  }

  @Test
  void apisAreFoundByNumberAndRemovedOnesAreNot() {
    for (ApiKey key : ApiKey.values()) {
      assertEquals(Optional.of(key), ApiKey.of(key.id()));
    }
    for (int id : new int[] {-1, 4, 5, 6, 7, 93, Short.MIN_VALUE, Short.MAX_VALUE}) {
      assertEquals(Optional.empty(), ApiKey.of((short) id), "number " + id);
    }
  }

  @Test
  void requestsAndResponsesAreReadByTheClassOfTheirApi() throws Exception {
    for (ApiKey key : ApiKey.values()) {
      assertDispatched(key, "Request");
      assertDispatched(key, "Response");
    }
    short version = 0;
    assertInstanceOf(
        ApiVersionsRequest.class, ApiKey.API_VERSIONS.readRequest(Unpooled.EMPTY_BUFFER, version));
    assertThrows(
        WireException.class,
        () -> ApiKey.API_VERSIONS.readRequest(Unpooled.EMPTY_BUFFER, (short) 5));
  }

  private static void assertDispatched(ApiKey key, String suffix) throws Exception {
    Class<? extends ApiMessage> type =
        Class.forName(ApiVersionsResponse.class.getPackageName() + "." + key.apiName() + suffix)
            .asSubclass(ApiMessage.class);
    short version = key.highestVersion();
    ApiMessage message = type.getConstructor().newInstance();
    byte[] bytes = GofkaObjects.write(message, version);
    ApiMessage read =
        suffix.equals("Request")
            ? key.readRequest(Unpooled.wrappedBuffer(bytes), version)
            : key.readResponse(Unpooled.wrappedBuffer(bytes), version);
    assertEquals(message, read);
    assertEquals(key.id(), read.apiKey());
  }
}
