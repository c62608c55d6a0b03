// Memory for the many small objects of the event path: coroutine frames, packets, exchanges.
//
// Sizes are rounded up to 64 bytes and each class keeps a free list, so that a steady simulation
// allocates nothing. Single-threaded by design. Under AddressSanitizer every object comes from the
// system allocator, so that a use after free is seen.
#pragma once

#include <cstddef>
#include <new>
#include <vector>

namespace faultline {

class Pool {
 public:
  static void* allocate(std::size_t size) {
    const std::size_t size_class = class_of(size);
    if (size_class >= classes) return ::operator new(size);
    auto& list = free_lists()[size_class];
    if (list.empty()) return ::operator new(size_class* granule);
    void* memory = list.back();
    list.pop_back();
    return memory;
  }

  static void release(void* memory, std::size_t size) noexcept {
    const std::size_t size_class = class_of(size);
    if (size_class >= classes || !pooled) {
      ::operator delete(memory);
    } else {
      free_lists()[size_class].push_back(memory);
    }
  }

 private:
#if defined(__SANITIZE_ADDRESS__)
  static constexpr bool pooled = false;
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
  static constexpr bool pooled = false;
#else
  static constexpr bool pooled = true;
#endif
#else
  static constexpr bool pooled = true;
#endif
  static constexpr std::size_t granule = 64;
  static constexpr std::size_t classes = 64;

  static constexpr std::size_t class_of(std::size_t size) { return (size + granule - 1) / granule; }
  static std::vector<void*>* free_lists() {
    static auto* lists = new std::vector<void*>[classes];  // outlives every static object
    return lists;
  }
};

/// Gives a class's objects, and those of the classes derived from it, pooled memory.
struct Pooled {
  static void* operator new(std::size_t size) { return Pool::allocate(size); }
  static void operator delete(void* memory, std::size_t size) noexcept {
    Pool::release(memory, size);
  }
};

/// The pool as a standard allocator, for short vectors on the event path.
template <class T>
struct PoolAllocator {
  using value_type = T;
  PoolAllocator() = default;
  template <class U>
  PoolAllocator(const PoolAllocator<U>&) {}
  T* allocate(std::size_t count) { return static_cast<T*>(Pool::allocate(count * sizeof(T))); }
  void deallocate(T* memory, std::size_t count) noexcept {
    Pool::release(memory, count * sizeof(T));
  }
  friend bool operator==(PoolAllocator, PoolAllocator) { return true; }
};

}  // namespace faultline
