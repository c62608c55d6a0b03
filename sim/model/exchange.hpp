// Asking: a message to one or several endpoints and the wait for their replies.
//
//   Replies<Stored> acks = ask<Quorum>(endpoint, replicas, Store{...});
//   if (!co_await acks.until(write_quorum, timeout)) ...      // enough of them, or not in time
//   for (const auto& [from, stored] : acks) ...               // those that have come by now
//
// A message is a struct that names itself and its reply:
//
//   struct Store {
//     static constexpr std::string_view name = "store";
//     using Reply = Stored;       // void: nobody answers
//     Key key; ...
//   };
//
// The receiver handles it in an overload `on(EndpointId from, Store)` that returns the Reply, or a
// Task<Reply> if it has to wait for something. No message kinds are enumerated and none are cast:
// the packet carries the one function that knows both its type and the receiver's.
//
// Dropping the Replies closes the exchange: later replies are ignored. A lost message, a dead
// receiver and a slow one look alike, as they do in life.
#pragma once

#include <concepts>
#include <coroutine>
#include <cstdint>
#include <optional>
#include <span>
#include <type_traits>
#include <utility>
#include <vector>

#include <faultline/core/task.hpp>
#include <faultline/model/endpoint.hpp>

namespace faultline {

/// One endpoint's reply.
template <class Reply>
struct Answer {
  EndpointId from;
  Reply reply;
};

namespace detail {

/// What a message weighs: bytes() if it says so, else its size as a struct.
template <class Message>
Bytes bytes_of(const Message& message) {
  if constexpr (requires { message.bytes(); }) {
    return message.bytes();
  } else {
    return sizeof(Message);
  }
}

template <class Message>
Key key_of(const Message& message) {
  if constexpr (requires { message.key; }) {
    return message.key;
  } else {
    return Key{0};
  }
}

/// Whether a reply counts towards a quorum: a refusal says `accepted() == false`.
template <class Reply>
bool counts(const Reply& reply) {
  if constexpr (requires { reply.accepted(); }) {
    return reply.accepted();
  } else {
    return true;
  }
}

/// The state that the asker shares with the packets under way.
template <class Reply>
struct Exchange : Pooled {
  std::vector<Answer<Reply>, PoolAllocator<Answer<Reply>>> answers;
  std::uint32_t references = 0;
  std::uint32_t asked = 0;
  std::uint32_t accepted = 0;
  std::uint32_t wanted = 0;
  Waiter* waiter = nullptr;
  bool open = true;

  bool reached() const { return accepted >= wanted; }
  bool hopeless() const { return accepted + (asked - answers.size()) < wanted; }

  void receive(EndpointId from, const Reply& reply) {
    if (!open) return;
    for (const auto& answer : answers) {
      if (answer.from == from) return;  // a duplicate
    }
    answers.push_back({from, reply});
    if (counts(reply)) ++accepted;
    if (waiter != nullptr && (reached() || hopeless())) {
      Waiter& woken = *std::exchange(waiter, nullptr);
      woken.disarm();
      woken.wake();
    }
  }
};

/// Counted reference to an exchange.
template <class Reply>
class ExchangeRef {
 public:
  ExchangeRef() = default;
  explicit ExchangeRef(Exchange<Reply>* exchange) : exchange_(exchange) {
    if (exchange_ != nullptr) ++exchange_->references;
  }
  ExchangeRef(const ExchangeRef& other) : ExchangeRef(other.exchange_) {}
  ExchangeRef(ExchangeRef&& other) noexcept : exchange_(std::exchange(other.exchange_, nullptr)) {}
  ExchangeRef& operator=(ExchangeRef other) noexcept {
    std::swap(exchange_, other.exchange_);
    return *this;
  }
  ~ExchangeRef() {
    if (exchange_ != nullptr && --exchange_->references == 0) delete exchange_;
  }
  Exchange<Reply>* operator->() const { return exchange_; }
  Exchange<Reply>& operator*() const { return *exchange_; }
  explicit operator bool() const { return exchange_ != nullptr; }

 private:
  Exchange<Reply>* exchange_ = nullptr;
};

template <class Reply>
struct ReplyPacket final : MessagePacket {
  ReplyPacket(const Reply& content, ExchangeRef<Reply> of)
      : reply(content), exchange(std::move(of)) {
    arrive = [](Packet& packet) { static_cast<ReplyPacket&>(packet).on_arrival(); };
    release = [](Packet& packet) { delete &static_cast<ReplyPacket&>(packet); };
  }

  void on_arrival() {
    // The exchange may be gone with its asker, and the asker's world with it: look there first.
    if (!exchange->open || asker->defers(*this)) return;
    if (trace != 0) asker->world().tracer->received(asker->queue().now(), trace);
    exchange->receive(sender, reply);
  }

  Reply reply;
  ExchangeRef<Reply> exchange;
  Endpoint* asker = nullptr;
};

template <class Reply>
void send_reply(const MessagePacket& question, Endpoint& from, const Reply& reply,
                ExchangeRef<Reply> exchange, Key key) {
  auto* packet = new ReplyPacket<Reply>(reply, std::move(exchange));
  packet->asker = &from.world().endpoint(question.sender);
  packet->trace = question.trace;
  from.send(*packet, question.sender, bytes_of(reply), Reply::name, key);
}

template <class Message>
using ReplyOf = typename Message::Reply;

/// Stands for the exchange of messages that nobody answers.
struct NoExchange {};
template <class Message>
using ExchangeOf = std::conditional_t<
    std::is_void_v<ReplyOf<Message>>, NoExchange,
    ExchangeRef<std::conditional_t<std::is_void_v<ReplyOf<Message>>, int, ReplyOf<Message>>>>;

/// A message on its way. While a handler of it waits for something the packet stays, and sends the
/// reply when there is one.
template <class Receiver, class Message>
struct AskPacket final : MessagePacket, Completion<ReplyOf<Message>> {
  AskPacket(const Message& content, ExchangeOf<Message> of, World& in)
      : message(content), exchange(std::move(of)), world(in) {
    arrive = [](Packet& packet) { static_cast<AskPacket&>(packet).on_arrival(); };
    release = [](Packet& packet) { delete &static_cast<AskPacket&>(packet); };
  }

  void on_arrival() {
    Endpoint& self = world.endpoint(receiver);
    if (!self.up() || self.node() == nullptr || self.defers(*this)) return;
    if (trace != 0) world.tracer->received(world.queue.now(), trace);
    world.cause = Cause::message(trace);
    auto& node = static_cast<Receiver&>(*self.node());
    using Handled = decltype(node.on(sender, message));
    if constexpr (std::is_same_v<Handled, void>) {
      node.on(sender, message);
    } else if constexpr (std::is_same_v<Handled, ReplyOf<Message>>) {
      const Handled reply = node.on(sender, message);
      answer(reply);
    } else {
      hold(*this);
      self.tasks().spawn(node.on(sender, message), *this);
    }
  }
  void completed(ReplyOf<Message>* reply) override {
    if constexpr (!std::is_void_v<ReplyOf<Message>>) answer(*reply);
    let_go(*this);
  }
  void abandoned() override { let_go(*this); }

  template <class Reply>
  void answer(const Reply& reply) {
    send_reply(*this, world.endpoint(receiver), reply, exchange, key_of(message));
  }

  Message message;
  ExchangeOf<Message> exchange;
  World& world;
};

}  // namespace detail

/// The replies to one question, as they come in. Movable: a task can pass it on to a spawned one
/// that goes on listening.
template <class Reply>
class [[nodiscard]] Replies {
 public:
  Replies(Endpoint& asker, detail::ExchangeRef<Reply> exchange)
      : asker_(&asker), exchange_(std::move(exchange)) {}
  Replies(Replies&&) noexcept = default;
  Replies& operator=(Replies&&) = delete;
  ~Replies() {
    if (exchange_) exchange_->open = false;
  }

  /// Waits until `count` replies were accepted; false if they have not come within `timeout` or too
  /// many were refused for them to come. Replies already here count.
  auto until(std::size_t count, Duration timeout) {
    exchange_->wanted = static_cast<std::uint32_t>(count);
    return Until(*asker_, exchange_, timeout);
  }
  /// Waits for everyone asked.
  auto all(Duration timeout) { return until(exchange_->asked, timeout); }

  /// Asks one more, in the same exchange: the reply counts with the others (a hedged request).
  template <class Receiver, class Message>
  void also_ask(EndpointId receiver, const Message& message) {
    static_assert(std::is_same_v<Reply, typename Message::Reply>);
    ++exchange_->asked;
    auto* packet = new detail::AskPacket<Receiver, Message>(message, exchange_, asker_->world());
    asker_->send(*packet, receiver, detail::bytes_of(message), Message::name,
                 detail::key_of(message));
  }

  std::size_t accepted() const { return exchange_->accepted; }
  std::size_t size() const { return exchange_->answers.size(); }
  auto begin() const { return exchange_->answers.cbegin(); }
  auto end() const { return exchange_->answers.cend(); }

 private:
  class Until {
   public:
    Until(Endpoint& asker, detail::ExchangeRef<Reply> exchange, Duration timeout)
        : exchange_(std::move(exchange)), waiter_(asker), timeout_(timeout) {}
    Until(const Until&) = delete;
    Until& operator=(const Until&) = delete;
    ~Until() {
      if (exchange_->waiter == &waiter_) exchange_->waiter = nullptr;
    }
    bool await_ready() const { return exchange_->reached() || exchange_->hopeless(); }
    void await_suspend(std::coroutine_handle<> waiting) {
      waiter_.waiting = waiting;
      exchange_->waiter = &waiter_;
      waiter_.arm_timeout(timeout_);
    }
    bool await_resume() const { return exchange_->reached(); }

   private:
    detail::ExchangeRef<Reply> exchange_;
    Waiter waiter_;
    Duration timeout_;
  };

  Endpoint* asker_;
  detail::ExchangeRef<Reply> exchange_;
};

/// Sends `message` to every one of `receivers`, whose nodes are of type `Receiver`.
template <class Receiver, class Message>
Replies<typename Message::Reply> ask(Endpoint& asker, std::span<const EndpointId> receivers,
                                     const Message& message) {
  static_assert(
      survives_await<Message> && survives_await<typename Message::Reply>,
      "give the message a constructor, or make it trivially copyable (see core/task.hpp)");
  using Reply = typename Message::Reply;
  detail::ExchangeRef<Reply> exchange(new detail::Exchange<Reply>);
  exchange->asked = static_cast<std::uint32_t>(receivers.size());
  exchange->answers.reserve(receivers.size());
  for (const EndpointId receiver : receivers) {
    auto* packet = new detail::AskPacket<Receiver, Message>(message, exchange, asker.world());
    asker.send(*packet, receiver, detail::bytes_of(message), Message::name,
               detail::key_of(message));
  }
  return Replies<Reply>(asker, std::move(exchange));
}

/// Sends a message that nobody answers.
template <class Receiver, class Message>
void tell(Endpoint& sender, EndpointId receiver, const Message& message) {
  static_assert(survives_await<Message>, "see core/task.hpp");
  static_assert(std::is_void_v<typename Message::Reply>, "a message with a reply is asked");
  auto* packet =
      new detail::AskPacket<Receiver, Message>(message, detail::NoExchange{}, sender.world());
  sender.send(*packet, receiver, detail::bytes_of(message), Message::name, detail::key_of(message));
}

/// Asks one endpoint; nothing if no reply has come within `timeout`.
template <class Receiver, class Message>
Task<std::optional<typename Message::Reply>> call(Endpoint& asker, EndpointId receiver,
                                                  Message message, Duration timeout) {
  auto replies = ask<Receiver>(asker, std::span(&receiver, 1), message);
  co_await replies.until(1, timeout);
  if (replies.size() == 0) co_return std::nullopt;
  co_return replies.begin()->reply;
}

}  // namespace faultline
