package io.gofka.system.process;

import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.TestWatcher;

/** One broker for all tests of a class: a static field with {@code @RegisterExtension}. */
public final class BrokerFixture implements BeforeAllCallback, AfterAllCallback, TestWatcher {
  private final BrokerSettings settings;
  private BrokerProcess broker;

  public BrokerFixture(BrokerSettings settings) {
    this.settings = settings;
  }

  @Override
  public void beforeAll(ExtensionContext context) {
    broker = (BrokerProcess) Broker.create(settings);
    broker.start();
  }

  @Override
  public void afterAll(ExtensionContext context) {
    broker.close();
  }

  @Override
  public void testFailed(ExtensionContext context, Throwable cause) {
    System.err.println(
        "The broker's log ("
            + broker.logFile()
            + ") when "
            + context.getDisplayName()
            + " failed:\n"
            + broker.tailOfLog());
  }

  public Broker broker() {
    return broker;
  }

  public String bootstrap() {
    return broker.bootstrap();
  }
}
