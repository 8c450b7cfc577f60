#pragma once

#include <cstddef>
#include <list>
#include <optional>

namespace herald::transport {

/// The connections of one shard that keep the node waiting for what they have to say: on the public port those that are not sessions
/// yet, on the internal one those whose request is not here. Oldest first: when there are too many, the oldest is cut. Who means to
/// say something does so at once, and who says nothing has had the longest time to do so.
/// Thread: its shard's.   Owns: nothing.
class unfinished {
public:
  class member {
  public:
    /// Ends it at once, without a word. It is in the list no more.
    virtual void cut() = 0;

  protected:
    member() = default;
    ~member() = default;
    member(const member&) = delete;
    member& operator=(const member&) = delete;

  private:
    friend class unfinished;
    std::optional<std::list<member*>::iterator> place_;
  };

  void add(member& what) { what.place_ = members_.insert(members_.end(), &what); }

  /// Nothing happens if it is not in here.
  void remove(member& what) {
    if (what.place_) members_.erase(*what.place_);
    what.place_.reset();
  }

  std::size_t size() const noexcept { return members_.size(); }

  /// Whether there was one.
  bool cut_oldest() {
    if (members_.empty()) return false;
    auto& oldest = *members_.front();
    remove(oldest);
    oldest.cut();
    return true;
  }

private:
  std::list<member*> members_;
};

}  // namespace herald::transport
