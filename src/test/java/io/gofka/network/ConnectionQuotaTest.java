package io.gofka.network;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class ConnectionQuotaTest {
  private final InetAddress one = address(1);
  private final InetAddress two = address(2);

  private static InetAddress address(int last) {
    try {
      return InetAddress.getByAddress(new byte[] {10, 0, 0, (byte) last});
    } catch (UnknownHostException impossible) {
      throw new AssertionError(impossible);
    }
  }

  @Test
  void refusalNamesTheLimitAndTakesNoPlace() {
    ConnectionQuota quota = new ConnectionQuota(2, 10, Map.of());
    assertEquals(Optional.empty(), quota.admit(one));
    assertEquals(Optional.empty(), quota.admit(two));
    assertEquals(Optional.of("max.connections is 2"), quota.admit(one));
    assertEquals(2, quota.connections());

    quota.release(two);
    assertEquals(Optional.empty(), quota.admit(one));
  }

  @Test
  void eachAddressHasItsOwnLimitAndOverridesChangeIt() {
    ConnectionQuota quota = new ConnectionQuota(100, 1, Map.of("10.0.0.2", 2));
    assertEquals(Optional.empty(), quota.admit(one));
    assertTrue(quota.admit(one).isPresent());
    assertEquals(Optional.empty(), quota.admit(two));
    assertEquals(Optional.empty(), quota.admit(two));
    assertTrue(quota.admit(two).isPresent());
    assertEquals(3, quota.connections());
  }
}
