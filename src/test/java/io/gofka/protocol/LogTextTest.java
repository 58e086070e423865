package io.gofka.protocol;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.gofka.common.Payload;
import io.gofka.protocol.message.AlterUserScramCredentialsRequest;
import io.gofka.protocol.message.CreateDelegationTokenResponse;
import io.gofka.protocol.message.IncrementalAlterConfigsRequest;
import io.gofka.protocol.message.ProduceRequest;
import io.gofka.protocol.message.SaslAuthenticateRequest;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

/** What messages say of themselves ends in logs. */
class LogTextTest {
  private static final ByteBuf SECRET =
      Unpooled.copiedBuffer("hunter2", StandardCharsets.US_ASCII).asReadOnly();

  @Test
  void secretsAreHidden() {
    assertEquals(
        "SaslAuthenticateRequest(authBytes=<hidden>)",
        new SaslAuthenticateRequest().authBytes(SECRET).toString());
    AlterUserScramCredentialsRequest scram = new AlterUserScramCredentialsRequest();
    scram
        .upsertions()
        .add(
            new AlterUserScramCredentialsRequest.ScramCredentialUpsertion()
                .name("alice")
                .iterations(4096)
                .salt(SECRET)
                .saltedPassword(SECRET));
    assertEquals(
        "AlterUserScramCredentialsRequest(deletions=[], upsertions=[ScramCredentialUpsertion("
            + "name=alice, mechanism=0, iterations=4096, salt=<hidden>, saltedPassword=<hidden>)])",
        scram.toString());
    assertTrue(
        new CreateDelegationTokenResponse().hmac(SECRET).toString().contains("hmac=<hidden>"));
  }

  @Test
  void configurationValuesAreHiddenBecausePasswordsAreSetThatWay() {
    assertEquals(
        "AlterableConfig(name=sasl.jaas.config, configOperation=0, value=<hidden>)",
        new IncrementalAlterConfigsRequest.AlterableConfig()
            .name("sasl.jaas.config")
            .value("hunter2")
            .toString());
  }

  @Test
  void payloadsAreShownAsTheirSize() {
    assertEquals(
        "PartitionProduceData(index=3, records=7 bytes)",
        new ProduceRequest.PartitionProduceData().index(3).records(Payload.of(SECRET)).toString());
    assertEquals(
        "PartitionProduceData(index=0, records=null)",
        new ProduceRequest.PartitionProduceData().toString());
  }
}
