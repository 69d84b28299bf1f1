// The bytes of record shards, shared by reader and writer. Private to the room. Thread: constants.
#pragma once

#include "core/tokenizer/shard_format.h"

namespace athanor::tokenizer {

inline constexpr char kRecordIndexMagic[8] = {'A', 'T', 'H', 'R', 'E', 'C', 'I', '1'};
inline constexpr qint64 kRecordIndexHeader = 16;  // magic, record count
inline constexpr qint64 kRecordEntryBytes = 32;   // first token 8, document 8, label 4 (as a signed number), learned 4, learned bytes 8
inline constexpr char kRecordFactsFile[] = "records.json";
inline constexpr char kRecordTokensFile[] = "records.tokens";
inline constexpr char kRecordLearnsFile[] = "records.learns";
inline constexpr char kRecordIndexFile[] = "records.index";

}  // namespace athanor::tokenizer
