// What replicas say to the view service and to their neighbours in a view.
#pragma once

#include <memory>
#include <utility>
#include <vector>

#include <faultline/model/node.hpp>
#include <faultline/view_service/store.hpp>
#include <faultline/view_service/view_service.hpp>

namespace faultline::view_service {

// ---- with the view service ----------------------------------------------------------------------

struct Pong {
  static constexpr std::string_view name = "pong";
  Bytes bytes() const { return 8 + view.bytes(); }
  View view;
  bool knows = false;  ///< the view, and that it is the present one
};
struct Ping {
  static constexpr std::string_view name = "ping";
  using Reply = Pong;
  Bytes bytes() const { return 16 + report.known.bytes(); }
  Report report;
};

// ---- down the view, from each member to the next ------------------------------------------------

/// Says that the sender is the receiver's predecessor.
struct Link {
  static constexpr std::string_view name = "link";
  using Reply = void;
  ViewNumber view = 0;
  bool hands_over = false;  ///< false as long as the sender acts as the last member itself
  Index began_with = 0;     ///< all that was answered before is up to here
};

struct Forward {
  static constexpr std::string_view name = "forward";
  using Reply = void;
  using Batch = std::vector<Update>;

  Forward(ViewNumber of, Index at, const Update& update)
      : view(of), index(at), key(update.key), single(update) {}
  Forward(ViewNumber of, Index at, std::shared_ptr<const Batch> updates)
      : view(of), index(at), key(updates->front().key), batch(std::move(updates)) {}

  std::size_t count() const { return batch ? batch->size() : 1; }
  const Update& update(std::size_t place) const { return batch ? (*batch)[place] : single; }
  Bytes bytes() const {
    Bytes size = 16;
    for (std::size_t place = 0; place < count(); ++place) size += update(place).bytes();
    return size;
  }

  ViewNumber view;
  Index index;  ///< of the first update
  Key key;
  Update single;
  std::shared_ptr<const Batch> batch;  ///< when following up; else just `single`
};

struct Installed {
  static constexpr std::string_view name = "installed";
  bool taken = false;
};
/// All the data, for a successor that has just joined.
struct StateTransfer {
  static constexpr std::string_view name = "state transfer";
  using Reply = Installed;
  StateTransfer(ViewNumber of, std::shared_ptr<const Image> what)
      : view(of), image(std::move(what)) {}
  Bytes bytes() const { return 16 + image->size; }
  ViewNumber view;
  std::shared_ptr<const Image> image;
};

// ---- up the view, from each member to the one before --------------------------------------------

/// The answer to a link.
struct Linked {
  static constexpr std::string_view name = "linked";
  using Reply = void;
  ViewNumber view = 0;
  Index last = 0;
  Index committed = 0;
  bool in_place = false;  ///< it has all that the link said its predecessor began with
  bool needs_state = false;
};

/// All updates up to there are with the last member.
struct Committed {
  static constexpr std::string_view name = "committed";
  using Reply = void;
  ViewNumber view = 0;
  Index index = 0;
};

// ---- for clients --------------------------------------------------------------------------------

/// A client's write, from the node it asked to the first member.
struct Submit {
  static constexpr std::string_view name = "submit";
  using Reply = void;
  Submit(const Request& of, std::uint64_t serial) : request(of), number(serial), key(of.key) {}
  Bytes bytes() const { return request.bytes() + 8; }
  Request request;
  std::uint64_t number;  ///< no other message has it: a second copy is not executed
  Key key;
};
/// And its answer, from whoever knows that it is done.
struct Answered {
  static constexpr std::string_view name = "answered";
  using Reply = void;
  std::uint64_t number = 0;
  Outcome outcome = Outcome::ok;
  Error error = Error::none;
};

/// A client's read, from the node it asked to the one that answers reads.
struct Query {
  static constexpr std::string_view name = "query";
  using Reply = Response;
  explicit Query(const Request& of) : request(of), key(of.key) {}
  Bytes bytes() const { return request.bytes(); }
  Request request;
  Key key;
};

}  // namespace faultline::view_service
