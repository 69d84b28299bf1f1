// See generator.h. Letters: T time, V vocabulary.
#include "core/generate/generator.h"

#include "core/generate/answer.h"
#include "core/generate/prompt.h"

#include <QCoreApplication>

#include <algorithm>

namespace athanor::generate {
namespace {

QString tr(const char *text) { return QCoreApplication::translate("athanor::generate", text); }

}  // namespace

Generator::Generator(network::Model &model, const tokenizer::Tokenizer &tokenizer, const Sampler &sampler)
    : Generator(model, tokenizer, sampler, Manners::plain(model, tokenizer))
{
}

Generator::Generator(network::Model &model, const tokenizer::Tokenizer &tokenizer, const Sampler &sampler,
                     Manners manners)
    : m_model(&model), m_tokenizer(&tokenizer), m_sampler(&sampler), m_manners(std::move(manners)), m_reader(model)
{
}

/// Ids beyond the tokenizer's (padding of V) are never chosen.
int64_t Generator::vocabulary() const
{
    return std::min<int64_t>(m_tokenizer->vocabularySize(), m_model->dimensions().vocabulary);
}

Result<GenerationResult> Generator::run(const GenerationRequest &request, const TokenCallback &onToken,
                                        const CancelToken &cancel)
{
    ATHANOR_TRY(checkSettings(request.sampling));
    ATHANOR_TRY(taskOf(m_model->architecture()));
    if (m_manners.task == Task::NameLabel)
        return nameLabel(request, onToken);
    if (m_manners.task == Task::FillMasks)
        return fillMasks(request, onToken);
    const int64_t context = m_model->dimensions().context;
    ATHANOR_ASSIGN(const ReadyPrompt prompt, readyPrompt(request, m_manners, *m_tokenizer, context));
    if (int64_t(prompt.encoderIds.size()) > context)
        return fail(ErrorCode::InvalidInput, tr("The text has %1 tokens, and the model reads at most %2.")
                                                 .arg(prompt.encoderIds.size()).arg(context),
                    tr("Shorten it, or give it in pieces."));
    Answer answer(request, prompt.ids, m_manners, *m_tokenizer, *m_sampler, vocabulary());
    m_reader.begin(prompt.encoderIds, int64_t(prompt.ids.size()) + request.maxTokens);
    for (bool isFirst = true; !answer.isDone(); isFirst = false) {
        if (m_manners.task == Task::Answer && int64_t(answer.ids().size()) > context) {
            answer.end("length");
            break;
        }
        ATHANOR_ASSIGN(const torch::Tensor scores, m_reader.read(answer.ids(), cancel, m_betweenBlocks));
        if (!scores.defined()) {
            answer.end("request");
            break;
        }
        if (isFirst)
            answer.setReused(m_reader.reusedCount());
        ATHANOR_TRY(answer.take(scores.data_ptr<float>(), onToken));
    }
    GenerationResult result = answer.result();
    result.droppedMessages = prompt.droppedMessages;
    return result;
}

}  // namespace athanor::generate
