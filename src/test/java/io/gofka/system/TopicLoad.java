package io.gofka.system;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentSkipListSet;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.common.errors.InvalidReplicationFactorException;
import org.apache.kafka.common.errors.TopicExistsException;

/**
 * Clients that create topics one after the other, each under a name of its own, and remember what
 * they were told: what was acknowledged must be there for ever, what was refused never. When no
 * answer came, either is right.
 */
final class TopicLoad implements AutoCloseable {
  private static final int CLIENTS = 4;

  private final String bootstrap;
  private final String prefix;
  private final List<Thread> clients = new ArrayList<>();
  private final AtomicInteger attempts = new AtomicInteger();
  private final Set<String> acknowledged = new ConcurrentSkipListSet<>();
  private final Set<String> refused = new ConcurrentSkipListSet<>();
  private volatile boolean ended;

  TopicLoad(String bootstrap, String prefix) {
    this.bootstrap = bootstrap;
    this.prefix = prefix;
    for (int i = 0; i < CLIENTS; i++) {
      int client = i;
      clients.add(new Thread(() -> create(client), prefix + "-load-" + client));
    }
    clients.forEach(Thread::start);
  }

  private void create(int client) {
    Map<String, Object> settings =
        Map.of(
            "bootstrap.servers", bootstrap,
            "request.timeout.ms", 4_000,
            "default.api.timeout.ms", 8_000);
    try (Admin admin = Admin.create(settings)) {
      for (int i = 0; !ended; i++) {
        create(admin, prefix + "-" + client + "-" + i);
        createRefused(admin, prefix + "-never-" + client + "-" + i);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void create(Admin admin, String name) throws InterruptedException {
    attempts.incrementAndGet();
    try {
      admin.createTopics(List.of(new NewTopic(name, 1, (short) 1))).all().get();
      acknowledged.add(name);
    } catch (ExecutionException e) {
      if (e.getCause() instanceof TopicExistsException) {
        acknowledged.add(name); // The client's own first try, whose answer was lost.
      }
    }
  }

  private void createRefused(Admin admin, String name) throws InterruptedException {
    try {
      admin.createTopics(List.of(new NewTopic(name, 1, (short) 100))).all().get();
      acknowledged.add(name);
    } catch (ExecutionException e) {
      if (e.getCause() instanceof InvalidReplicationFactorException) {
        refused.add(name);
      }
    }
  }

  /** Topics that were acknowledged so far. */
  int acknowledged() {
    return acknowledged.size();
  }

  /** Ends the clients and compares what they were told with what a broker tells. */
  void endAndCheck() throws InterruptedException, ExecutionException {
    close();
    Set<String> there;
    try (Admin admin = Admin.create(Map.of("bootstrap.servers", bootstrap))) {
      there = admin.listTopics().names().get();
    }
    var lost = new TreeSet<>(acknowledged);
    lost.removeAll(there);
    assertEquals(Set.of(), lost, () -> "lost of " + acknowledged.size() + " acknowledged topics");
    var appeared = new TreeSet<>(refused);
    appeared.retainAll(there);
    assertEquals(Set.of(), appeared, () -> "there, of " + refused.size() + " refused topics");
  }

  @Override
  public void close() {
    ended = true;
    for (Thread client : clients) {
      try {
        client.join();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new AssertionError("interrupted while " + client.getName() + " ended", e);
      }
    }
  }
}
