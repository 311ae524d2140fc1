// The code behind every import thunk, and the ways between a fault and the stack it happened on. System V and Windows
// x64 agree on nothing here but that r10 and r11 may be destroyed by a call, so everything passes through those two.

        .text
        .intel_syntax noprefix

// loader/shadow_stack.h: ShadowFrame
        .set FRAME, 256
        .set RETURN, 0
        .set RSP_, 8
        .set IMPORT, 16
        .set KIND, 24
        .set RBX_, 32
        .set XMM, 96
// x87, SSE, AVX, AVX-512: what compiled code may hold live. loader/fault_frame.h has the same number.
        .set XSAVE_MASK, 0xE7

// r11: the ImportRecord. The return address is taken off the stack and a call put in its place: the target finds the
// stack exactly as the driver laid it out, and the processor's prediction of returns stays in step.
        .globl portside_import_thunk
        .type portside_import_thunk, @function
        .p2align 6
portside_import_thunk:
        mov r10, gs:[0x800]
        add r10, FRAME
        cmp r10, gs:[0x808]
        ja 1f
        mov [r10 - FRAME + IMPORT], r11
        mov r11, [rsp]
        mov [r10 - FRAME + RETURN], r11
        add rsp, 8
        mov [r10 - FRAME + RSP_], rsp
        mov qword ptr [r10 - FRAME + KIND], 0
        mov [r10 - FRAME + RBX_], rbx
        mov [r10 - FRAME + RBX_ + 8], rbp
        mov [r10 - FRAME + RBX_ + 16], rsi
        mov [r10 - FRAME + RBX_ + 24], rdi
        mov [r10 - FRAME + RBX_ + 32], r12
        mov [r10 - FRAME + RBX_ + 40], r13
        mov [r10 - FRAME + RBX_ + 48], r14
        mov [r10 - FRAME + RBX_ + 56], r15
        movaps [r10 - FRAME + XMM], xmm6
        movaps [r10 - FRAME + XMM + 16], xmm7
        movaps [r10 - FRAME + XMM + 32], xmm8
        movaps [r10 - FRAME + XMM + 48], xmm9
        movaps [r10 - FRAME + XMM + 64], xmm10
        movaps [r10 - FRAME + XMM + 80], xmm11
        movaps [r10 - FRAME + XMM + 96], xmm12
        movaps [r10 - FRAME + XMM + 112], xmm13
        movaps [r10 - FRAME + XMM + 128], xmm14
        movaps [r10 - FRAME + XMM + 144], xmm15
        mov gs:[0x800], r10
        mov r11, [r10 - FRAME + IMPORT]
        call qword ptr [r11]
        .globl portside_import_return
portside_import_return:
        mov r10, gs:[0x800]
        sub r10, FRAME
        cmp [r10 + RSP_], rsp
        jne 2f
        mov gs:[0x800], r10
        push qword ptr [r10 + RETURN]
        ret
1:      // The shadow call stack is full. Never returns.
        mov rdi, r11
        mov rsi, [rsp]
        and rsp, -16
        call portside_shadow_overflow@PLT
        ud2
2:      // The top frame is not this call's: somebody left host frames without trimming. Look below; it must be there.
        cmp r10, gs:[0x818]
        jbe 3f
        sub r10, FRAME
        cmp [r10 + RSP_], rsp
        jne 2b
        mov gs:[0x800], r10
        push qword ptr [r10 + RETURN]
        ret
3:      ud2
        .size portside_import_thunk, . - portside_import_thunk

// The target of a control-flow-guard dispatch: rax is where the driver wants to go; every argument register is live.
        .macro save_arguments
        push rbp
        mov rbp, rsp
        sub rsp, 0xB0
        and rsp, -16
        mov [rsp + 0x00], rax
        mov [rsp + 0x08], rcx
        mov [rsp + 0x10], rdx
        mov [rsp + 0x18], r8
        mov [rsp + 0x20], r9
        mov [rsp + 0x28], r10
        mov [rsp + 0x30], r11
        movaps [rsp + 0x40], xmm0
        movaps [rsp + 0x50], xmm1
        movaps [rsp + 0x60], xmm2
        movaps [rsp + 0x70], xmm3
        movaps [rsp + 0x80], xmm4
        movaps [rsp + 0x90], xmm5
        .endm
        .macro load_arguments
        mov rax, [rsp + 0x00]
        mov rcx, [rsp + 0x08]
        mov rdx, [rsp + 0x10]
        mov r8, [rsp + 0x18]
        mov r9, [rsp + 0x20]
        mov r10, [rsp + 0x28]
        mov r11, [rsp + 0x30]
        movaps xmm0, [rsp + 0x40]
        movaps xmm1, [rsp + 0x50]
        movaps xmm2, [rsp + 0x60]
        movaps xmm3, [rsp + 0x70]
        movaps xmm4, [rsp + 0x80]
        movaps xmm5, [rsp + 0x90]
        mov rsp, rbp
        pop rbp
        .endm

        .globl portside_guard_dispatch
        .type portside_guard_dispatch, @function
portside_guard_dispatch:
        save_arguments
        mov rcx, rax
        mov rdx, [rbp + 8]
        sub rsp, 0x20
        call portside_check_call_target@PLT   // ms_abi (target, caller): keeps rdi, rsi, xmm6-15
        add rsp, 0x20
        load_arguments
        jmp rax
        .size portside_guard_dispatch, . - portside_guard_dispatch

// __guard_check_icall_fptr: the target is in rcx, and the caller makes the call itself.
        .globl portside_guard_check
        .type portside_guard_check, @function
portside_guard_check:
        save_arguments
        mov rdx, [rbp + 8]
        sub rsp, 0x20
        call portside_check_call_target@PLT
        add rsp, 0x20
        load_arguments
        ret
        .size portside_guard_check, . - portside_guard_check

// void portside_save_fx(void* area): FXSAVE, 16-aligned.
        .globl portside_save_fx
        .type portside_save_fx, @function
portside_save_fx:
        fxsave64 [rdi]
        ret

// [[noreturn]] void portside_load_context(const ContextRecord*): every register, the flags and the rip of the record. An
// interrupt return does it without writing to the stack that is returned to.
        .globl portside_load_context
        .type portside_load_context, @function
portside_load_context:
        fxrstor64 [rdi + 0x100]
        .globl portside_load_integer_context
portside_load_integer_context:
        xor eax, eax
        mov ax, ss
        push rax
        push qword ptr [rdi + 0x98]     // rsp
        mov eax, [rdi + 0x44]           // eflags
        and eax, 0x240DD5               // what a program may set; the trap flag stays out
        or eax, 0x202
        push rax
        xor eax, eax
        mov ax, cs
        push rax
        push qword ptr [rdi + 0xF8]     // rip
        mov rax, [rdi + 0x78]
        mov rcx, [rdi + 0x80]
        mov rdx, [rdi + 0x88]
        mov rbx, [rdi + 0x90]
        mov rbp, [rdi + 0xA0]
        mov rsi, [rdi + 0xA8]
        mov r8, [rdi + 0xB8]
        mov r9, [rdi + 0xC0]
        mov r10, [rdi + 0xC8]
        mov r11, [rdi + 0xD0]
        mov r12, [rdi + 0xD8]
        mov r13, [rdi + 0xE0]
        mov r14, [rdi + 0xE8]
        mov r15, [rdi + 0xF0]
        mov rdi, [rdi + 0xB0]
        iretq
        .size portside_load_context, . - portside_load_context

// DW_CFA_expression: register (DWARF's number) is at *(rbp - 8) + offset.
        .macro saved_in_frame register, offset
        .cfi_escape 0x10, \register, 6, 0x76, 0x78, 0x06, 0x23, (\offset & 0x7F) | 0x80, \offset >> 7
        .endm

// Where a fault's signal returns to: on the faulting stack, rdi = FaultFrame*, rsp just below it, rbp the faulting code's.
// The extended state (AVX) is live: it goes beside the frame and comes back if the driver goes on.
        .globl portside_fault_entry
        .type portside_fault_entry, @function
portside_fault_entry:
        .cfi_startproc
        .cfi_signal_frame
        push qword ptr [rdi + 0xF8]     // the faulting rip stands where a return address would: walkers by frame pointer
        push rbp
        mov rbp, rsp
        push rdi
        push rdi
        // From here on every register of the faulting code is found in the FaultFrame, whose address is at rbp - 8.
        .cfi_escape 0x0F, 7, 0x76, 0x78, 0x06, 0x23, 0x98, 0x01, 0x06
        saved_in_frame 0, 0x78
        saved_in_frame 1, 0x88
        saved_in_frame 2, 0x80
        saved_in_frame 3, 0x90
        saved_in_frame 4, 0xA8
        saved_in_frame 5, 0xB0
        saved_in_frame 6, 0xA0
        saved_in_frame 8, 0xB8
        saved_in_frame 9, 0xC0
        saved_in_frame 10, 0xC8
        saved_in_frame 11, 0xD0
        saved_in_frame 12, 0xD8
        saved_in_frame 13, 0xE0
        saved_in_frame 14, 0xE8
        saved_in_frame 15, 0xF0
        saved_in_frame 16, 0xF8
        mov rsi, [rip + portside_xsave_bytes@GOTPCREL]
        mov rsi, [rsi]
        sub rsp, rsi
        and rsp, -64
        mov rsi, rsp
        // The XSAVE header must be zero before the first save.
        xor eax, eax
        mov [rsi + 512], rax
        mov [rsi + 520], rax
        mov [rsi + 528], rax
        mov [rsi + 536], rax
        mov [rsi + 544], rax
        mov [rsi + 552], rax
        mov [rsi + 560], rax
        mov [rsi + 568], rax
        mov eax, XSAVE_MASK
        xor edx, edx
        xsave64 [rsi]
        cld
        call portside_handle_fault@PLT  // (FaultFrame*, xsave area); returns: go on with the registers of the frame
        mov rsi, rsp
        mov eax, XSAVE_MASK
        xor edx, edx
        xrstor64 [rsi]
        mov rdi, [rbp - 8]
        jmp portside_load_integer_context
        .cfi_endproc
        .size portside_fault_entry, . - portside_fault_entry

// Calls of driver code that take more than a C call can say.
// Disposition portside_call_handler(rdi record, rsi frame, rdx context, rcx dispatcher context, r8 handler)
        .globl portside_call_handler
        .type portside_call_handler, @function
portside_call_handler:
        .cfi_startproc
        push rbp
        .cfi_def_cfa_offset 16
        .cfi_offset rbp, -16
        mov rbp, rsp
        .cfi_def_cfa_register rbp
        sub rsp, 0x20
        mov rax, r8
        mov r9, rcx
        mov r8, rdx
        mov rdx, rsi
        mov rcx, rdi
        call rax
        leave
        ret
        .cfi_endproc
        .size portside_call_handler, . - portside_call_handler

        .section .note.GNU-stack,"",@progbits
