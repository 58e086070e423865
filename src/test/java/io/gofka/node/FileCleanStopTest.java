package io.gofka.node;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.gofka.log.LogDirs;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalLong;
import java.util.TreeMap;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Whether a broker may say that its logs lack nothing (KIP-966). */
class FileCleanStopTest {
  private static final OptionalLong NOT_CLEAN = OptionalLong.empty();

  @TempDir Path folder;

  private Path data;
  private Path one;
  private Path two;

  @BeforeEach
  void makeFolders() throws IOException {
    data = Files.createDirectories(folder.resolve("data"));
    one = Files.createDirectories(folder.resolve("d1/logs"));
    two = Files.createDirectories(folder.resolve("d2/logs"));
  }

  private FileCleanStop opened() {
    return new FileCleanStop(data, new LogDirs(usable(), new TreeMap<>()));
  }

  private List<String> usable() {
    return List.of(one.getParent().toString(), two.getParent().toString());
  }

  @Test
  void cleanStopIsToldOnce() {
    opened().keep(OptionalLong.of(77));
    assertEquals(OptionalLong.of(77), opened().take());
    assertEquals(NOT_CLEAN, opened().take(), "killed after that");
  }

  @Test
  void brokerThatWasNotLetGoHasNotStoppedCleanly() {
    assertEquals(NOT_CLEAN, opened().take());
    opened().keep(OptionalLong.empty());
    assertEquals(NOT_CLEAN, opened().take());
  }

  @Test
  void directoryThatWasEmptiedMeanwhileLacksSomething() throws IOException {
    opened().keep(OptionalLong.of(77));
    Files.delete(two.resolve(FileCleanStop.NAME));
    assertEquals(NOT_CLEAN, opened().take());
    assertEquals(NOT_CLEAN, opened().take());
  }

  @Test
  void directoryWithAnOlderContentLacksSomething() throws IOException {
    opened().keep(OptionalLong.of(76));
    byte[] older = Files.readAllBytes(two.resolve(FileCleanStop.NAME));
    opened().keep(OptionalLong.of(77));
    Files.write(two.resolve(FileCleanStop.NAME), older);
    assertEquals(NOT_CLEAN, opened().take());
  }

  @Test
  void directoryThatIsNotThereMayLackSomething() {
    opened().keep(OptionalLong.of(77));
    TreeMap<String, String> offline = new TreeMap<>();
    offline.put(two.getParent().toString(), "not mounted");
    LogDirs dirs = new LogDirs(List.of(one.getParent().toString()), offline);
    assertEquals(NOT_CLEAN, new FileCleanStop(data, dirs).take());
  }

  @Test
  void unreadableNoteIsNone() throws IOException {
    opened().keep(OptionalLong.of(77));
    Files.writeString(one.resolve(FileCleanStop.NAME), "x");
    assertEquals(NOT_CLEAN, opened().take());
  }
}
