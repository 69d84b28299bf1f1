// libFuzzer: a chat template, rendered with messages under small limits.
#include "fuzz.h"

#include "core/text/jinja.h"

using namespace athanor::text;
using namespace athanor::text::jinja;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const auto messages = parseJson(R"([{"role":"system","content":"s"},{"role":"user","content":"<|x|> ü"},
        {"role":"assistant","content":"a","tool_calls":[{"name":"f","arguments":{"x":[1,2.5,null,true]}}]}])",
                                           Trust::Input);
    static const auto bos = parseJson(R"("<s>")", Trust::Template);
    const auto parsed = Template::parse(QByteArray(reinterpret_cast<const char *>(data), qsizetype(size)));
    if (!parsed)
        return 0;
    RenderOptions options;
    options.steps = 20'000;
    options.depth = 200;
    options.outputBytes = 1 << 16;
    options.workBytes = 1 << 20;
    options.milliseconds = 2'000;
    options.now = 1;
    (void)parsed->render({{"messages", *messages}, {"bos_token", *bos}, {"add_generation_prompt", *bos}}, options);
    return 0;
}
