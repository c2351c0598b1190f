// SPDX-License-Identifier: BSL-1.0
// fiber.cpp: the switch by hand on x86-64, which saves no signal mask; ucontext elsewhere.
#include "model/fiber.hpp"

#include <cstdint>
#include <cstdlib>

#include <sys/mman.h>
#include <ucontext.h>

#if defined(__SANITIZE_ADDRESS__)
#define SAMEPAGE_MODEL_ASAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define SAMEPAGE_MODEL_ASAN 1
#endif
#endif
#if defined(SAMEPAGE_MODEL_ASAN)
#include <sanitizer/asan_interface.h>
#include <sanitizer/common_interface_defs.h>
#endif

#if defined(__x86_64__)
// void samepage_model_switch(void** from, void* to): saves what a call preserves on the stack, and changes stacks.
asm(R"(
    .text
    .p2align 4
    .globl samepage_model_switch
    .type samepage_model_switch, @function
samepage_model_switch:
    pushq %rbp
    pushq %rbx
    pushq %r12
    pushq %r13
    pushq %r14
    pushq %r15
    movq %rsp, (%rdi)
    movq %rsi, %rsp
    popq %r15
    popq %r14
    popq %r13
    popq %r12
    popq %rbx
    popq %rbp
    ret
    .size samepage_model_switch, . - samepage_model_switch
)");
extern "C" void samepage_model_switch(void** from, void* to);
#endif

namespace model {

struct fiber::state {
    std::byte* stack = nullptr;
    std::size_t bytes = 0;
    void* sanitizer = nullptr; ///< AddressSanitizer's own stack beside this one
    const void* bottom = nullptr;
    void (*body)(void*) = nullptr;
    void* argument = nullptr;
#if defined(__x86_64__)
    void* top = nullptr;
#else
    ucontext_t context{};
#endif

    static inline state* entering = nullptr; ///< on its way in
    static inline state* leaving = nullptr;

    void arrived() noexcept
    {
#if defined(SAMEPAGE_MODEL_ASAN)
        const void* bottom_left = nullptr;
        std::size_t bytes_left = 0;
        __sanitizer_finish_switch_fiber(sanitizer, &bottom_left, &bytes_left);
        leaving->bottom = bottom_left;
        leaving->bytes = bytes_left;
#endif
    }

    static void first_step()
    {
        state& self = *entering;
        self.arrived();
        self.body(self.argument);
        std::abort();
    }
};

fiber::fiber() : state_(std::make_unique<state>()) {}

fiber::fiber(std::size_t stack_bytes) : state_(std::make_unique<state>())
{
    void* const stack = ::mmap(nullptr, stack_bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (stack == MAP_FAILED) {
        std::abort();
    }
    state_->stack = static_cast<std::byte*>(stack);
    state_->bytes = stack_bytes;
    state_->bottom = stack;
}

fiber::~fiber()
{
    if (state_->stack != nullptr) {
        ::munmap(state_->stack, state_->bytes);
    }
}

void fiber::start(void (*body)(void*), void* argument) noexcept
{
    state_->body = body;
    state_->argument = argument;
#if defined(SAMEPAGE_MODEL_ASAN)
    __asan_unpoison_memory_region(state_->stack, state_->bytes); // frames that were left for good
#endif
#if defined(__x86_64__)
    // As after a call: the return address lies at a multiple of 16, less 8, above six saved registers.
    auto** top = reinterpret_cast<void**>(state_->stack + state_->bytes) - 2;
    *top = reinterpret_cast<void*>(&state::first_step);
    for (int i = 0; i < 6; ++i) {
        *--top = nullptr;
    }
    state_->top = static_cast<void*>(top);
#else
    ::getcontext(&state_->context);
    state_->context.uc_stack.ss_sp = state_->stack;
    state_->context.uc_stack.ss_size = state_->bytes;
    state_->context.uc_link = nullptr;
    ::makecontext(&state_->context, &state::first_step, 0);
#endif
}

void fiber::enter_from(fiber& from) noexcept
{
    state& left = *from.state_;
    state::leaving = &left;
    state::entering = state_.get();
#if defined(SAMEPAGE_MODEL_ASAN)
    __sanitizer_start_switch_fiber(&left.sanitizer, state_->bottom, state_->bytes);
#endif
#if defined(__x86_64__)
    samepage_model_switch(&left.top, state_->top);
#else
    ::swapcontext(&left.context, &state_->context);
#endif
    left.arrived();
}

} // namespace model
