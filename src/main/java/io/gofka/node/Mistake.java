package io.gofka.node;

/**
 * Something wrong in the configuration.
 *
 * @param where file and line, or environment variable
 * @param key name of the setting; empty when it concerns the file as a whole
 * @param value as it was written, empty when it must not be shown
 * @param allowed what may stand there, or why nothing may
 * @param message all of it in one line
 */
public record Mistake(String where, String key, String value, String allowed, String message) {
  /** Longer values are cut, as they are hardly what somebody meant. */
  private static final int MAX_SHOWN = 200;

  static Mistake inFile(String where, String problem) {
    return new Mistake(where, "", "", problem, where + ": " + problem);
  }

  static Mistake badValue(Setting setting, String allowed) {
    return badValue(setting, setting.value(), allowed);
  }

  /**
   * @param shown the part of the value that is wrong
   */
  static Mistake badValue(Setting setting, String shown, String allowed) {
    String start = setting.where() + ": " + setting.key() + " is \"" + oneLine(shown) + "\"";
    return new Mistake(
        setting.where(), setting.key(), shown, allowed, start + ", allowed is " + allowed);
  }

  /** The value makes sense, but not for this node or this release. */
  static Mistake unsupported(Setting setting, String reason) {
    String start = setting.where() + ": " + setting.key() + " is \"" + oneLine(setting.value());
    return new Mistake(
        setting.where(),
        setting.key(),
        setting.value(),
        reason,
        start + "\", which is not accepted: " + reason);
  }

  /** The setting itself is not accepted, whatever its value. */
  static Mistake refused(Setting setting, String value, String reason) {
    return new Mistake(
        setting.where(),
        setting.key(),
        value,
        reason,
        setting.where() + ": " + setting.key() + " is not accepted: " + reason);
  }

  private static String oneLine(String text) {
    String line = text.replaceAll("\\p{Cntrl}", " ");
    return line.length() > MAX_SHOWN ? line.substring(0, MAX_SHOWN) + "…" : line;
  }
}
