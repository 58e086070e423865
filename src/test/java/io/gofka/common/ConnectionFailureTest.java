package io.gofka.common;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.net.ConnectException;
import java.net.UnknownHostException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ConnectionFailureTest {
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          finishConnect(..) failed with error(-111): Connection refused: localhost/127.0.0.1:1 | connection refused
          Connection refused: /127.0.0.1:19093              | connection refused
          recvAddress(..) failed with error(-104): Connection reset by peer | connection reset
          connection timed out after 5000 ms: /10.0.0.1:9092 | no answer
          finishConnect(..) failed with error(-113): No route to host: /10.0.0.1:9092 | no route to host
          the certificate is not trusted                    | the certificate is not trusted
          """)
  void wordsOfLibrariesAreLeftOut(String message, String told) {
    assertEquals(told, ConnectionFailure.reason(new ConnectException(message)));
  }

  @Test
  void failureWithoutWordsIsNamedByItsKind() {
    assertEquals("IOException", ConnectionFailure.reason(new IOException()));
    assertEquals(
        "there is no host of that name",
        ConnectionFailure.reason(
            new UnknownHostException("Failed to resolve 'x' [A(1)] after 2 queries")));
  }
}
