#include "app/worker/text_side.h"

#include "app/worker/selftest.h"

#ifdef ATHANOR_HAS_CURATE
#include "core/corpus/curate_handler.h"
#endif
#ifdef ATHANOR_HAS_READER_PROCESS
#include "core/corpus/reader_process.h"
#endif
#ifdef ATHANOR_HAS_TOKENIZER
#include "core/tokenizer/tokenizer_handler.h"
#endif
#ifdef ATHANOR_HAS_TRAINER_PROCESS
#include "core/tokenizer/trainer_process.h"
#endif

namespace athanor::worker {

void addTextSide(job::HandlerTable &handlers)
{
    handlers.add(makeSelftestHandler());
#ifdef ATHANOR_HAS_CURATE
    handlers.add(corpus::makeCurateHandler());
#endif
#ifdef ATHANOR_HAS_TOKENIZER
    handlers.add(tokenizer::makeTokenizerHandler());
#endif
}

std::optional<int> runHelperProcess(int argc, char **argv)
{
    [[maybe_unused]] const std::string_view first = argc > 1 ? argv[1] : "";
#ifdef ATHANOR_HAS_READER_PROCESS
    if (first == "--read-document")
        return corpus::runReaderProcess(argc, argv);
#endif
#ifdef ATHANOR_HAS_TRAINER_PROCESS
    if (first == "--train-tokenizer")
        return tokenizer::runTrainerProcess(argc, argv);
#endif
    return std::nullopt;
}

}  // namespace athanor::worker
