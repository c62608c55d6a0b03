// A plug-in: models in a shared library of their own, which the program loads (--plugin) and lists
// beside those it comes with. What a model's author outside of this tree writes, once, in one
// source file:
//
//   #include <faultline/plugin/plugin.hpp>
//   #include "my_model.hpp"
//
//   FAULTLINE_PLUGIN(my_model::MyModel)       // or several, with commas
//
// and in CMake: find_package(faultline), faultline_add_plugin(my_model my_model.cpp).
//
// Program and plug-in share classes, so both have to be made alike. Each carries a *stamp*, a text
// that says how it was made, and the program looks for it in the file before any code of the
// plug-in runs. All parts have to be the same:
//
//   interface   plugin_interface, below
//   headers     a digest of the contents of all headers that are installed
//   compiler    its name and major version; so the layout of classes and coroutines
//   library     libstdc++'s version, and whether its debug mode changes its containers
//   sanitizer   whether AddressSanitizer watches, which changes who allocates what
//
// robin-map, whose tables are part of ours, says nothing of its version to a program; the CMake
// package asks for the same.
//
// A class of a plug-in must not have the name of one in the program, or the program's would be
// taken for it: everything belongs into a namespace of its own, outside of faultline. A model whose
// class is the program's is refused.
#pragma once

#include <version>

#include <faultline/headers_digest.hpp>
#include <faultline/model/catalog.hpp>

/// The version of what plug-ins and program expect of one another. To be raised with every change
/// of meaning that headers do not show: what a model may rely on, or has to do. What headers show,
/// their digest tells.
#define FAULTLINE_PLUGIN_INTERFACE 1

#define FAULTLINE_TEXT_OF(number) #number
#define FAULTLINE_TEXT(macro) FAULTLINE_TEXT_OF(macro)

#if defined(__clang__)
#define FAULTLINE_COMPILER "clang++ " FAULTLINE_TEXT(__clang_major__)
#else
#define FAULTLINE_COMPILER "g++ " FAULTLINE_TEXT(__GNUC__)
#endif

#if defined(_GLIBCXX_DEBUG)
#define FAULTLINE_LIBRARY_MODE " debug"
#else
#define FAULTLINE_LIBRARY_MODE ""
#endif
#define FAULTLINE_LIBRARY                                                                          \
  "libstdc++ " FAULTLINE_TEXT(_GLIBCXX_RELEASE) " strings " FAULTLINE_TEXT(_GLIBCXX_USE_CXX11_ABI) \
      FAULTLINE_LIBRARY_MODE

#define FAULTLINE_SANITIZER "none"
#if defined(__SANITIZE_ADDRESS__)
#undef FAULTLINE_SANITIZER
#define FAULTLINE_SANITIZER "address"
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#undef FAULTLINE_SANITIZER
#define FAULTLINE_SANITIZER "address"
#endif
#endif

/// With which a stamp begins, so that it is found in a file.
#define FAULTLINE_STAMP_MARK "\nfaultline plug-in\n"

/// "name: value" in lines.
#define FAULTLINE_PLUGIN_STAMP \
  FAULTLINE_STAMP_MARK         \
  "interface: " FAULTLINE_TEXT(FAULTLINE_PLUGIN_INTERFACE) "\n" \
  "headers: " FAULTLINE_HEADERS_DIGEST "\n"                     \
  "compiler: " FAULTLINE_COMPILER "\n"                          \
  "library: " FAULTLINE_LIBRARY "\n"                            \
  "sanitizer: " FAULTLINE_SANITIZER "\n"

namespace faultline {

struct Plugin {
  const char* stamp;  ///< where the file has it
  Catalog models;
};

template <class... Models>
Plugin plugin_of(const char* stamp) {
  return Plugin{stamp, {&model<Models>()...}};
}

}  // namespace faultline

/// Makes a shared library a plug-in with these models.
#define FAULTLINE_PLUGIN(...)                                                               \
  extern "C" [[gnu::visibility("default")]] const ::faultline::Plugin* faultline_plugin() { \
    static const ::faultline::Plugin plugin =                                               \
        ::faultline::plugin_of<__VA_ARGS__>(FAULTLINE_PLUGIN_STAMP);                        \
    return &plugin;                                                                         \
  }
