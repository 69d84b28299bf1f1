// How a model wants to be asked, from the files beside its weights: marks before and behind a prompt, tokens that end
// an answer, the template of its chats. Files: generation_config.json, model.json, tokenizer_config.json,
// chat_template.jinja; none of them is needed. Thread: values.
#pragma once

#include "core/network/model.h"
#include "core/tokenizer/chat_template.h"

#include <optional>

namespace athanor::generate {

/// What a model does with a text, as its architecture says.
enum class Task {
    Continue,   // looks back only: writes on
    Answer,     // an encoder reads the prompt, a decoder writes
    FillMasks,  // looks both ways: fills gaps
    NameLabel,  // says which of its labels a text has
};

struct ATHANOR_EXPORT Manners {
    Task task = Task::Continue;
    std::vector<int64_t> prefix;     // before every prompt that is no chat
    std::vector<int64_t> suffix;     // behind it; not where it is continued
    std::vector<int64_t> stopIds;    // tokens that end an answer
    int64_t decoderStart = -1;       // Answer
    int64_t mask = -1;               // FillMasks
    int64_t longestText = 0;         // NameLabel: tokens that it was taught with at most; 0: the context
    bool cutsFront = false;          // NameLabel: which end of a longer text goes
    std::optional<tokenizer::ChatTemplate> chat;
    bool isBuiltInChat = false;      // the built-in wording: marks before a text are added as for a prompt
    std::optional<Error> chatProblem;  // why there is no template

    bool isStop(int64_t id) const;
    /// Of a model that was trained here, without any files: a document begins after the end of another.
    static Manners plain(const network::Model &model, const tokenizer::Tokenizer &tokenizer);
};

/// `folder`: of the model. One without any head (vectors) counts as FillMasks: it looks both ways and writes nothing, and
/// Generator says so. Errors: Corrupt and Unreadable of a file that is there. A chat template that cannot be read
/// is no error until someone chats (chatProblem).
ATHANOR_EXPORT Result<Manners> readManners(const QString &folder, const network::Model &model,
                                           const tokenizer::Tokenizer &tokenizer);

/// The id that the decoder of a model reads first: as its folder says (empty: there is none yet), else as objectives teach it.
ATHANOR_EXPORT Result<qint64> decoderStartOf(const QString &folder, const QJsonObject &architecture, const tokenizer::Tokenizer &tokenizer);

/// What an architecture does; InvalidInput says in words why one cannot write at all (no head for tokens).
ATHANOR_EXPORT Result<Task> taskOf(const QJsonObject &architecture);

}  // namespace athanor::generate
