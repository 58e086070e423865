package io.gofka.system;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.gofka.system.clients.OlderClient;
import io.gofka.system.process.BrokerFixture;
import io.gofka.system.process.BrokerSettings;
import io.gofka.system.process.ForkedProcess;
import io.gofka.system.process.Java;
import java.io.File;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Clients of the 2.x and 3.x lines, each with the libraries of its day. */
class OlderClientsIT {
  @RegisterExtension
  static final BrokerFixture FIXTURE = new BrokerFixture(BrokerSettings.named("older-clients"));

  @ParameterizedTest
  @ValueSource(strings = {"2.8.2", "3.9.1"})
  void clientOfAnOlderLineDoesItsWholeDaysWork(String version) throws URISyntaxException {
    Path jars = Path.of(System.getProperty("gofka.clients", "target/clients"), version);
    Path classes =
        Path.of(OlderClient.class.getProtectionDomain().getCodeSource().getLocation().toURI());
    String classPath = classes + File.pathSeparator + jars.toAbsolutePath() + "/*";

    var result =
        ForkedProcess.run(
            Java.onClassPath(
                classPath,
                "256m",
                OlderClient.class.getName(),
                List.of(FIXTURE.bootstrap(), "line-" + version)),
            Duration.ofMinutes(3));

    assertEquals(0, result.exitCode(), result::all);
    assertTrue(result.out().endsWith("OK " + version + "\n"), result::all);
  }
}
