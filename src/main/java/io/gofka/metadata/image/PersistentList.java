package io.gofka.metadata.image;

import java.util.AbstractList;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Iterator;
import java.util.List;
import java.util.Objects;
import java.util.RandomAccess;

/**
 * An immutable list of which a changed copy shares all but a few hundred bytes with the one before:
 * a tree whose inner nodes have 32 children each, with the elements in its leaves.
 *
 * <p>Reading is {@code O(log32 n)}; so is replacing one element. Appending copies the list's
 * references once, however many are appended.
 */
public final class PersistentList<E> extends AbstractList<E> implements RandomAccess {
  private static final int BITS = 5;
  private static final int WIDTH = 1 << BITS;
  private static final int MASK = WIDTH - 1;
  private static final PersistentList<?> EMPTY = new PersistentList<>(new Object[0], 0, 0);

  private final Object[] root;
  private final int size;

  /** How far the index is shifted at the root; 0 when the root is a leaf. */
  private final int shift;

  private PersistentList(Object[] root, int size, int shift) {
    this.root = root;
    this.size = size;
    this.shift = shift;
  }

  @SuppressWarnings("unchecked") // An empty list has no elements of a wrong type.
  public static <E> PersistentList<E> empty() {
    return (PersistentList<E>) EMPTY;
  }

  /**
   * The same elements; the same list when it is a persistent one already.
   *
   * @throws NullPointerException when an element is null
   */
  public static <E> PersistentList<E> copyOf(Collection<? extends E> elements) {
    if (elements instanceof PersistentList<? extends E> persistent) {
      @SuppressWarnings("unchecked") // Nobody can put anything into it.
      PersistentList<E> same = (PersistentList<E>) persistent;
      return same;
    }
    if (elements.isEmpty()) {
      return empty();
    }
    int size = elements.size();
    Object[][] level = new Object[groups(size)][];
    Iterator<? extends E> next = elements.iterator();
    for (int leaf = 0; leaf < level.length; leaf++) {
      level[leaf] = new Object[Math.min(WIDTH, size - leaf * WIDTH)];
      for (int i = 0; i < level[leaf].length; i++) {
        level[leaf][i] = Objects.requireNonNull(next.next());
      }
    }
    int shift = 0;
    while (level.length > 1) {
      Object[][] above = new Object[groups(level.length)][];
      for (int node = 0; node < above.length; node++) {
        int from = node * WIDTH;
        above[node] = new Object[Math.min(WIDTH, level.length - from)];
        System.arraycopy(level, from, above[node], 0, above[node].length);
      }
      level = above;
      shift += BITS;
    }
    return new PersistentList<>(level[0], size, shift);
  }

  private static int groups(int count) {
    return (count + WIDTH - 1) / WIDTH;
  }

  @Override
  @SuppressWarnings("unchecked") // Leaves hold elements and nothing else.
  public E get(int index) {
    Objects.checkIndex(index, size);
    Object[] node = root;
    for (int level = shift; level > 0; level -= BITS) {
      node = (Object[]) node[index >>> level & MASK];
    }
    return (E) node[index & MASK];
  }

  @Override
  public int size() {
    return size;
  }

  /** The list with another element at one place. */
  public PersistentList<E> with(int index, E element) {
    Objects.checkIndex(index, size);
    Objects.requireNonNull(element, "element");
    return new PersistentList<>(replaced(root, shift, index, element), size, shift);
  }

  private static Object[] replaced(Object[] node, int level, int index, Object element) {
    Object[] copy = node.clone();
    if (level == 0) {
      copy[index & MASK] = element;
    } else {
      int child = index >>> level & MASK;
      copy[child] = replaced((Object[]) node[child], level - BITS, index, element);
    }
    return copy;
  }

  /** The list with more elements at its end. */
  public PersistentList<E> withAppended(Collection<? extends E> more) {
    if (more.isEmpty()) {
      return this;
    }
    List<E> all = new ArrayList<>(size + more.size());
    all.addAll(this);
    all.addAll(more);
    return copyOf(all);
  }
}
