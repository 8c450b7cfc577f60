/// Keys to sockets: an open-addressing hash table of singly linked lists, entries in one array.
#include "floor.h"

struct slot {
  uint64_t key; ///< 0: free. A key stays when its list empties, so that probing needs no tombstones.
  int first;
};

struct entry {
  uint64_t key;
  int fd;
  int next;       ///< in the key's list, or in the list of free entries
  int next_of_fd; ///< in the socket's own list
};

static struct slot* slots;
static size_t slot_count, slots_used;
static struct entry* entries;
static int entry_count, entry_capacity, free_entry = -1;
static int first_of_fd[max_clients]; // entry + 1: zeroed memory means none

uint64_t key_of(const char* name, size_t length) { // FNV-1a, then mixed so that the low bits are good
  uint64_t hash = 0xcbf29ce484222325u;
  for (size_t i = 0; i < length; ++i)
    hash = (hash ^ (unsigned char)name[i]) * 0x100000001b3u;
  hash ^= hash >> 32;
  return hash == 0 ? 1 : hash;
}

static struct slot* find_slot(uint64_t key) {
  size_t at = key & (slot_count - 1);
  while (slots[at].key != 0 && slots[at].key != key)
    at = (at + 1) & (slot_count - 1);
  return &slots[at];
}

static void grow_slots(void) {
  struct slot* old = slots;
  const size_t old_count = slot_count;
  slot_count = old_count == 0 ? 1024 : old_count * 2;
  slots = grow(NULL, slot_count * sizeof *slots);
  for (size_t i = 0; i < slot_count; ++i)
    slots[i] = (struct slot){0, -1};
  for (size_t i = 0; i < old_count; ++i)
    if (old[i].key != 0)
      *find_slot(old[i].key) = old[i];
  grow(old, 0);
}

static int take_entry(void) {
  if (free_entry >= 0) {
    const int taken = free_entry;
    free_entry = entries[taken].next;
    return taken;
  }
  if (entry_count == entry_capacity) {
    entry_capacity = entry_capacity == 0 ? 1024 : entry_capacity * 2;
    entries = grow(entries, (size_t)entry_capacity * sizeof *entries);
  }
  return entry_count++;
}

void table_add(uint64_t key, int fd) {
  if (slots_used * 3 >= slot_count * 2)
    grow_slots();
  struct slot* slot = find_slot(key);
  if (slot->key == 0) {
    slot->key = key;
    ++slots_used;
  }
  const int added = take_entry();
  entries[added] = (struct entry){key, fd, slot->first, first_of_fd[fd] - 1};
  slot->first = added;
  first_of_fd[fd] = added + 1;
}

static void unlink_entry(int entry) {
  int* link = &find_slot(entries[entry].key)->first;
  while (*link != entry)
    link = &entries[*link].next;
  *link = entries[entry].next;
}

void table_remove_all(int fd) {
  int entry = first_of_fd[fd] - 1;
  first_of_fd[fd] = 0;
  while (entry >= 0) {
    const int next = entries[entry].next_of_fd;
    unlink_entry(entry);
    entries[entry].next = free_entry;
    free_entry = entry;
    entry = next;
  }
}

int table_first(uint64_t key) { return slot_count == 0 ? -1 : find_slot(key)->first; }
int table_next(int entry) { return entries[entry].next; }
int table_fd(int entry) { return entries[entry].fd; }
