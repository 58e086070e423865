package io.gofka.node;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FileDataDirectoryTest {
  @TempDir private Path folder;

  @Test
  void missingFoldersAreCreated() throws IOException {
    Path path = folder.resolve("a/b/data");
    try (FileDataDirectory directory = FileDataDirectory.open(path)) {
      assertEquals(path, directory.path());
      assertTrue(Files.isDirectory(path));
      assertEquals(
          Long.toString(ProcessHandle.current().pid()), Files.readString(path.resolve(".lock")));
    }
  }

  @Test
  void linkToAFolderIsAFolder() throws IOException {
    Path real = Files.createDirectory(folder.resolve("real"));
    FileDataDirectory.open(Files.createSymbolicLink(folder.resolve("link"), real)).close();
    assertTrue(Files.exists(real.resolve(".lock")));
  }

  @Test
  void folderIsHeldByOneNodeAtATime() {
    try (FileDataDirectory first = FileDataDirectory.open(folder)) {
      assertEquals(
          "The data directory " + first.path() + " is used by another Gofka node in this process.",
          refusal(folder));
    }
    FileDataDirectory.open(folder).close();
  }

  @Test
  void folderBelongsToTheNodeThatWasThereFirst() {
    try (FileDataDirectory directory = FileDataDirectory.open(folder)) {
      directory.claimFor("one");
      directory.claimFor("one");
      assertEquals(
          "The data directory "
              + directory.path()
              + " belongs to node one, but server.node_id is other.",
          assertThrows(StartException.class, () -> directory.claimFor("other")).getMessage());
      directory.claimFor("one");
    }
  }

  @Test
  void folderOfAnotherProcessIsRefusedWithItsPid() throws Exception {
    Process holder =
        new ProcessBuilder(
                ProcessHandle.current().info().command().orElse("java"),
                "-Xmx32m",
                "-cp",
                System.getProperty("java.class.path"),
                Holder.class.getName(),
                folder.toString())
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    try (BufferedReader out = holder.inputReader(StandardCharsets.UTF_8)) {
      assertEquals("held", out.readLine());
      assertEquals(
          "The data directory "
              + folder
              + " is used by another Gofka process (pid "
              + holder.pid()
              + ").",
          refusal(folder));
    } finally {
      holder.destroyForcibly().waitFor();
    }
    // The lock goes with the process, however it ends.
    FileDataDirectory.open(folder).close();
  }

  @Test
  void fileSystemThatTakesNoFoldersIsNamedAsTheReason() {
    assertEquals(
        "can't be created: the file system takes no new folders in /proc",
        FileDataDirectory.reason(Path.of("/proc/nope"), new NoSuchFileException("/proc/nope")));
  }

  @Test
  void fileOfThatNameIsRefused() throws IOException {
    Path file = Files.createFile(folder.resolve("data"));
    assertEquals(
        "The data directory " + file + " can't be used: there is a file of that name.",
        refusal(file));
    assertTrue(refusal(file.resolve("below")).contains("can't be created: "));
  }

  @Test
  void folderThatCannotBeWrittenIsRefused() {
    // Nobody can create files there, root included.
    Path noPlace = Path.of("/proc/self");
    assumeTrue(Files.isDirectory(noPlace), "needs Linux's /proc");
    assertTrue(
        refusal(noPlace).startsWith("The data directory /proc/self is not writable"),
        refusal(noPlace));
    assertTrue(refusal(noPlace.resolve("data")).contains("can't be created: "));
  }

  private static String refusal(Path path) {
    String sentence =
        assertThrows(StartException.class, () -> FileDataDirectory.open(path)).getMessage();
    assertTrue(sentence.startsWith("The data directory " + path), sentence);
    assertEquals(1, sentence.lines().count());
    return sentence;
  }

  /** Another process that has the folder until it is killed. */
  static final class Holder {
    private Holder() {}

    public static void main(String[] args) throws IOException {
      try (FileDataDirectory held = FileDataDirectory.open(Path.of(args[0]))) {
        System.out.println("held");
        if (System.in.read() == 0) {
          System.out.println(held.path());
        }
      }
    }
  }
}
