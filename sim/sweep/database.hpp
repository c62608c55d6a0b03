// A file of SQLite, and its statements, with an owner. Knows no tables.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include <faultline/scenario/document.hpp>

struct sqlite3;
struct sqlite3_stmt;

namespace faultline {

/// SQL, or the file, that cannot be used; the message says what SQLite has to say.
class DatabaseError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// One SQL statement, bound and stepped through. Binding counts from 1, columns from 0.
class Statement {
 public:
  Statement& bind(int position, std::int64_t value);
  Statement& bind(int position, std::uint64_t value) {
    return bind(position, static_cast<std::int64_t>(value));
  }
  Statement& bind(int position, double value);
  Statement& bind(int position, const std::string& value);
  Statement& bind_null(int position);
  /// A number, a text, or NULL for what is neither.
  Statement& bind(int position, const Json& value);

  /// To the next row; false behind the last. Throws DatabaseError, CannotWrite.
  bool step();
  /// Runs it to its end and makes it ready to be bound anew.
  void run();
  void reset();

  int columns() const;
  std::string name(int column) const;
  std::uint64_t whole(int column) const;
  std::string text(int column) const;
  /// A number, a text or null.
  Json value(int column) const;
  bool reads_only() const;

 private:
  friend class Database;
  struct Finalise {
    void operator()(sqlite3_stmt* statement) const;
  };
  std::unique_ptr<sqlite3_stmt, Finalise> statement_;
  std::string file_;
};

class Database {
 public:
  enum class Access { create, write, read };

  /// Throws CannotWrite if the file cannot be opened for writing, BadInput if not for reading.
  Database(const std::string& path, Access access);

  /// Throws DatabaseError if it is not one whole statement.
  Statement prepare(std::string_view sql) const;
  /// Several statements that yield nothing.
  void execute(const std::string& sql) const;

  const std::string& path() const { return path_; }

 private:
  struct Close {
    void operator()(sqlite3* database) const;
  };
  void open(Access access);

  std::string path_;
  std::unique_ptr<sqlite3, Close> database_;
};

/// All or nothing: what is done until commit() is undone if that is never reached.
class DatabaseTransaction {
 public:
  explicit DatabaseTransaction(const Database& database);
  ~DatabaseTransaction();
  DatabaseTransaction(const DatabaseTransaction&) = delete;
  DatabaseTransaction& operator=(const DatabaseTransaction&) = delete;
  void commit();

 private:
  const Database& database_;
  bool done_ = false;
};

}  // namespace faultline
